"""An adult's unsafe approach to a child: personal questions, secrets, meeting, pictures, gifts, errands for gangs."""

from services.analyze.detectors.abuse.rules.rule import rule

_OFFICIAL = (
    "pta",
    "parents?' evening",
    "raffle",
    "hoodies",
    "tickets",
    "the office",
    "reception",
    "dbs",
    "parental? consent",
    "admissions",
    "uniform",
)

RULES = (
    rule(
        "grooming_contact.secret",
        "asks a child to keep contact secret",
        0.93,
        (
            "(?:don't|do not|no need to|never|without) (?:tell(?:ing)?|let) (?:your|you|the) (?:mum|mum's|dad|"
            r"parents?|teachers?|family|anyone)(?: \w+){0,2}?(?: (?:about|we|i|that|know))?"
        ),
        "(?:our|a) (?:little )?secret",
        "keep (?:it|this|that) (?:between us|quiet|a secret|to yourself|secret)",
        "(?:just )?between (?:us|you and me)",
        r"delete (?:this|these|it|our \w+) (?:after|when|once)",
        "no parents? (?:needed|allowed|there)",
        "(?:come|be) on your own",
        unless=(
            *_OFFICIAL,
            "surprise",
            "party",
            "present",
            "father's day",
            "mother's day",
            "secret santa",
            "garden",
            r"the year \d+s",
        ),
    ),
    rule(
        "grooming_contact.personal_question",
        "asks a child personal questions",
        0.85,
        "how old (?:are|r) you",
        "what age are you",
        "(?:do|have) you (?:have|got)? ?a (?:boyfriend|girlfriend)",
        "are you (?:home )?alone",
        "you home alone",
        "do your (?:parents|mum|dad|mum and dad) (?:check|look|know|go through)",
        "(?:do you have|have you got) your own (?:phone|room|bedroom)",
        "where do you live",
        "which (?:school|class|year) are you in",
        "what time do you (?:finish|leave|get out|walk home)",
        "what are you wearing",
        "what's your (?:snap(?:chat)?|instagram|number|whatsapp|kik)",
        unless=(
            *_OFFICIAL,
            "live stream",
            r"school\?",
            "this year,",
            "birthday is it",
            "to (?:join|apply|be|start|sign)",
            "old are you lot",
        ),
    ),
    rule(
        "grooming_contact.flattery",
        "flatters a child for looks or maturity",
        0.85,
        (
            "(?:you (?:look|seem|are|'re)|you're|looking)(?: so| very| much| really)* (?:older|mature|grown[- "
            "]up|special|lonely|sexy|hot|fit)(?: than| for your age|,? not like| in (?:your|that)|[.!]| girl)"
        ),
        "(?:mature|special|grown up|beautiful|developed) for your age",
        "more mature than",
        "age is just a number",
        "i understand you better",
        r"older than (?:1\d|your)",
        r"(?:message|add|text|call|chat|talk|come|hi|hey|hello)(?: \w+){0,5} <dear>",
        "<dear>,? (?:how old|message|add|what|where|do you|can we|come)",
        unless=(
            *_OFFICIAL,
            "choir",
            "school you",
            "playing",
        ),
    ),
    rule(
        "grooming_contact.private_channel",
        "moves a child to a private channel",
        0.82,
        (
            r"(?:add|message|text|chat (?:with|to)|talk to|find|hit) me (?:\w+ ){0,4}?(?:on|over|in|at) (?:my )"
            "?<private>"
        ),
        "(?:are you|you) on <private>",
        "(?:can|could|shall) we (?:talk|chat|speak) (?:on|over|in) <private>",
        "message me (?:privately|in private)",
        "(?:can i have|give me|send me|what's) your (?:personal |own |mobile |phone )?number",
        unless=(
            *_OFFICIAL,
            "for (?:more )?(?:photos|updates)",
            "us on",
            "office",
            "parents can",
            "lift shares?",
        ),
    ),
    rule(
        "grooming_contact.meeting",
        "offers a child a lift, a gift or a meeting",
        0.88,
        (
            r"meet (?:me|up with me|us)(?: \w+){0,5} (?:park|shops?|station|car|van|bus stop|after school|on your "
            "own|alone|later)"
        ),
        (
            r"(?:i|we) (?:can|could|will|'ll|would) (?:\w+ ){0,2}?(?:pick you up|give you a lift|come round|"
            "collect you|buy you|get you|be your boyfriend)"
        ),
        (
            r"(?:vapes?|v-?bucks|robux|trainers|sweets|drinks?|money|cash|lifts?)(?: \w+){0,6} (?:if you (?:meet|"
            "come|send|message|do)|for (?:boys|girls|kids|dares|pictures))"
        ),
        "(?:said|told me) i could (?:collect|pick up|take) you",
        unless=(
            *_OFFICIAL,
            "your (?:child|son|daughter) (?:at|by|from)",
            "stuck in traffic",
            "lost property",
            "late coach",
            "parents?",
            "walk over together",
        ),
    ),
    rule(
        "grooming_contact.pictures",
        "asks a child for pictures",
        0.93,
        (
            r"send (?:me |us )?(?:\w+ ){0,4}?(?:nudes?|a picture of (?:just )?you|pictures? of (?:just )?(?:you|"
            "yourself)|selfies?|a few pictures?|some pictures?)"
        ),
        (
            r"(?:modelling|photo ?shoots?|talent scout|casting)(?: \w+){0,6} (?:teens?|girls|boys|kids|your age|"
            "1[0-7])"
        ),
        r"girls (?:aged )?1[0-5] to 1\d",
        "see more of (?:the|that|her|him)",
        r"(?:i'm|i am) (?:[2-6]\d)\b(?: \w+){0,8} (?:teenagers?|younger (?:girls|boys)|girls|boys|kids)",
        r"which one is (?:the|that) (?:blonde|brunette|one)(?: \w+){0,3}",
        r"what(?:'s| is) (?:her|his) (?:name|snapchat|instagram)(?:,| is she| on|\?)",
        unless=(
            *_OFFICIAL,
            "newsletter",
            "letter please",
            "homework",
            "display",
            "yearbook",
            "teacher",
        ),
    ),
    rule(
        "grooming_contact.errand",
        "recruits a child to carry or sell for others",
        0.9,
        (
            r"(?:carry|move|drop|hold|shift)(?: \w+){0,4} (?:bag|package|parcel|food|packs?) (?:for (?:us|me|a)|"
            "easy)"
        ),
        "easy (?:ps|money|p's)(?:,| message|$)",
        r"(?:earn|make|want)(?: \w+){0,3} £?\d+ after school",
        "message me for (?:free )?(?:vapes?|weed|snus|drugs)",
        "kids message me",
        unless=_OFFICIAL,
    ),
)
