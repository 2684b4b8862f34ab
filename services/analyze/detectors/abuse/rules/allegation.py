"""Accusations of crime or misconduct against a person: true or not, they are kept and seen by few."""

from services.analyze.detectors.abuse.rules.rule import rule

RULES = (
    rule(
        "allegation.predator",
        "accuses somebody of being a danger to children",
        0.92,
        (
            "(?:paedos?|paedophiles?|nonces?|kiddy ?fiddlers?|child (?:abuser|molester)s?|known pervert|"
            "groomers?|predators?|rapists?|sex offenders?|beast nonce)(?: vibes)?"
        ),
        (
            "(?:touch(?:es|ed|ing)?|mess(?:es|ed|ing)? with|sleep(?:s|ing)? with|shag(?:s|ging)?|fiddl(?:es|ing)|"
            r"groom(?:s|ed|ing)|interfer\w+ with|perv\w* (?:on|over)|star(?:es|ing) at) (?:\w+ ){0,2}?<children>"
        ),
        r"likes? (?:them|the|his|her) (?:young|little ones|girls|boys)(?: \w+)?",
        (
            r"(?:wouldn't|don't|never) (?:leave|let|trust)(?: \w+){0,6} (?:alone|near|with) (?:\w+ )"
            "{0,3}(?:<staff>|him|her|child|kids|daughter|son)"
        ),
        r"(?:camera|phone|filming)(?: \w+){0,3} (?:changing rooms?|toilets?)",
        "only (?:coaches|teaches|picks|helps) the (?:girls|boys)",
        "not right about a (?:man|woman|bloke)",
        unless=(
            "assembly",
            "workshop",
            "nspcc",
            "training",
            "online safety",
            "stay safe",
            "nature",
            "species",
            "prey",
            "food chain",
            "apex",
            "stranger danger",
            "awareness",
            "strangers?",
        ),
    ),
    rule(
        "allegation.misconduct",
        "accuses a named person or member of staff of misconduct",
        0.8,
        (
            r"(?:<staff>|(?:he|she|they)(?:'s|'ve)?|staff)"
            r"(?: \w+){0,4} (?:hits?|slaps?|punch(?:es|ed)?|kicks?|beats?|assaulted|"
            "abus(?:es|ed)|stealing|steals?|stole|fiddl(?:es|ed|ing)|dealing (?:drugs|weed)|helping (?:him|her)"
            "self to|pocket(?:s|ed|ing)|on the take|turns up drunk|drunk (?:at|in|on|every)|taking "
            r"(?:backhanders|bribes)|having an affair|faked|forged|falsified)(?: \w+){0,3}"
        ),
        (
            "(?:wife beater|brown envelopes?|on the take|covered it up|cover(?:ed|ing)? up for|been inside for|"
            "sacked from (?:his|her) last|why (?:he|she) left (?:his|her) last|court case before|look it up|"
            r"fiddled the)(?: \w+){0,2}"
        ),
        unless=(
            "record",
            "ball",
            "target",
            "hits? the (?:spot|nail|right)",
            "beats? (?:us|them|the other)",
            "stole the show",
            "steals? the show",
            "goal",
            "crossbar",
            "personal best",
            "kicks? (?:off|the ball)",
            "drum",
        ),
    ),
)
