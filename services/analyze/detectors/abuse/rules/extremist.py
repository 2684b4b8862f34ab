"""Praise of, or calls to, extremist violence."""

from services.analyze.detectors.abuse.rules.rule import COUNTERED, rule

RULES = (
    rule(
        "extremist.violence",
        "calls for violence against a group, or praises it",
        0.95,
        (
            r"(?:kill|gas|hang|shoot|exterminate|wipe out|deport and shoot) (?:all )?(?:the )?(?:\w+ )"
            "?(?:muslims?|jews?|unbelievers|infidels|kuffar|immigrants|blacks?|whites?|gays?|them all|"
            "christians?)"
        ),
        (
            r"(?:only good \w+ is a dead|race war|white power|white pride|heil hitler|hitler (?:had|was|did)(?: "
            r"\w+){0,3} (?:right|nothing wrong|point)|rahowa|1488|great replacement|did nothing wrong|day of the "
            r"rope|blood and soil|sieg heil|gas the|death to (?:all )?(?:\w+ )?(?:jews?|muslims?|infidels|gays?|"
            "kuffar))"
        ),
        "(?:allah|god) will reward",
        "martyrs? (?:will|who)",
        "incel (?:rebellion|uprising)",
        "the day is coming,? (?:brothers|lads)",
        "join (?:us|the) (?:lads|brothers|cause),? (?:real|white)",
        unless=(
            *COUNTERED,
            "history",
            "lesson",
            "assembly",
            "holocaust",
            "memorial",
            "topic",
            "essay",
            "gcse",
            "textbook",
        ),
    ),
)
