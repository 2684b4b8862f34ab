"""Publishing, or asking for, a private person's address, number, car, family or messages."""

from services.analyze.detectors.abuse.rules.rule import rule

_PUBLIC = (
    "office",
    "reception",
    "the school is",
    "school's",
    "parking",
    "club",
    "church",
    "sports ground",
    "venue",
    "pta",
    "ticket",
    "ring the",
    "postcode for",
    "sat ?nav",
    "leisure",
    r"enquir\w+",
    "book(?:ing)?",
    "admissions",
    "helpline",
    "childline",
    "samaritans",
    "nspcc",
)

RULES = (
    rule(
        "doxxing.address",
        "says where a person lives",
        0.88,
        (
            r"(?:<staff>|he|she|they|that's [a-z]+ [a-z]+,? (?:he|she)|[a-z]+) (?:lives?|is living|stays) (?:\w+ )"
            "{0,6}?<street>"
        ),
        r"(?:lives|living) (?:next (?:door )?to|opposite|above|behind|at number|near) (?:\w+ ){1,5}",
        (
            "(?:home address|address of (?:the|that|<named>)|<named>'s address|(?:his|her|their) (?:home |"
            "private )?address)"
        ),
        (
            r"(?:any ?one|any) (?:got|have|know)(?: \w+){0,2} (?:address|number|surname|facebook) (?:for|of) "
            "(?:that|the|this|him|her|<named>)"
        ),
        unless=(
            *_PUBLIC,
            "(?:i|we|who) live",
            "(?:our|my) (?:home )?address",
            "nan",
            "grandma",
            "sheltered",
            "please (?:remove|delete)",
            "data",
            "breach",
        ),
    ),
    rule(
        "doxxing.number",
        "publishes or spreads a private number or profile",
        0.88,
        r"<phone>(?: \w+){0,8} (?:ring|spam|text|tell|call|what you think|go|give)",
        r"(?:ring|spam|text|call|everyone|his|her|mobile|number)(?: \w+){0,5}:? <phone>",
        (
            r"(?:her|his|their|<named>'s|the (?:head|deputy)'s) (?:private|personal|real|leaked|old) (?:\w+ )"
            "?(?:number|email|facebook|instagram|messages|photos|name)"
        ),
        (
            r"(?:leaked|posting|i'll post|share|sharing)(?: \w+){0,5} (?:private|personal|home) (?:\w+ )"
            "?(?:number|email|messages|address|photos)"
        ),
        unless=_PUBLIC,
    ),
    rule(
        "doxxing.movements",
        "points others to a person's car, family or haunts",
        0.82,
        (
            r"(?:her|his|their) (?:husband|wife|partner|kids?|children|mum|son|daughter)(?: \w+){0,2} (?:works?|"
            "goes?|go|attends?|drinks?) (?:at|to|in)"
        ),
        (
            r"(?:her|his|their|<named>'s) (?:car|van)(?: is)?(?: \w+){0,4}[,:]? (?:reg|registration|number plate|"
            r"[a-z]{2}\d{2} ?[a-z]{3})"
        ),
        r"(?:this|that|here) is where (?:he|she|<staff>) (?:\w+ )?(?:drinks|lives|shops|walks|parks)",
        "you know what to do",
        unless=(
            *_PUBLIC,
            "for the school",
            "thank",
        ),
    ),
)
