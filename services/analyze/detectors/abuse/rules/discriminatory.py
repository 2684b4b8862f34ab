"""Hostility to people for race, religion, origin, sex, sexuality, gender identity, disability or Traveller heritage.

A neutral or positive mention of a group never matches by itself; a quoted or countered slur does not count.
"""

from services.analyze.detectors.abuse.rules.rule import COUNTERED, rule

RULES = (
    rule(
        "discriminatory.slur",
        "uses a slur for a group of people",
        0.9,
        "<slur>",
        unless=(
            *COUNTERED,
            r"(?:called|calling|call|calls|word|says?|said|shout(?:ed|ing)?|told)(?: \w+){0,4} <slur>",
            r"<kin>(?: \w+){0,6} <slur>",
        ),
    ),
    rule(
        "discriminatory.go_back",
        "tells people of a group to leave",
        0.88,
        (
            r"(?:go|send (?:them|him|her|you|it)|get|fuck off|piss off|shove) (?:all )?back (?:to|where)(?: \w+)"
            "{0,2} (?:own country|country|home|came from|come from|africa|pakistan|india|poland|romania|the "
            "jungle|the kitchen|caravan|you came|they came|he came|she came|belong)"
        ),
        "(?:send|deport|ship|kick) (?:them|all of them|the lot of them|that lot) (?:all )?(?:back|home|out)",
        "speak english or",
        "not one (?:english|white|british) face",
        r"too many (?:\w+ )?<group>",
        unless=(
            *COUNTERED,
            "told",
            "is what",
            "said to",
            "was (?:asked|told)",
        ),
    ),
    rule(
        "discriminatory.degrades",
        "degrades people for belonging to a group",
        0.85,
        r"<group>(?: \w+){0,3} <is> <degree>(?:all )?(?:just )?<vermin>",
        (
            r"(?:dirty|filthy|fucking|bloody|stupid|thieving|smelly|horrible|disgusting|lazy|typical) (?:\w+ )"
            "?<group>"
        ),
        (
            "(?:hate|despise|can't stand|don't trust|ban|get rid of|no more|sick of) (?:all )?(?:the |these |"
            "those |fucking |bloody )?<group>"
        ),
        r"god hates \w+",
        "(?:breed|multiply) like rabbits",
        r"what do you expect from (?:that|those|them|a|an) (?:\w+ ){0,3}<group>",
        (
            r"<group>(?: \w+){0,2} (?:should|need to|ought to|must) (?:\w+ )?(?:be (?:locked|deported|shot|banned|"
            "sent|sterilised)|go home|leave|not be)"
        ),
        (
            "<group> (?:kids |families |people )?(?:steal|nick|smell|stink|can't (?:teach|drive|lead)|took|spoil|"
            "ruin|get everything|have taken|took our|don't belong|run that|always (?:in trouble|nick))"
        ),
        unless=(
            *COUNTERED,
            "(?:i|we) (?:don't|do not|never) (?:hate|mind|have)",
            "(?:i|we)(?:'m| am|'re| are) (?:an? |one|the )?<group>",
            "hate (?:it )?(?:when|that|how)",
            "hate crimes?",
            "hate speech",
            "dirty (?:kit|boots|water|hands)",
        ),
    ),
    rule(
        "discriminatory.insinuates",
        "mocks or blames a group without naming it fairly",
        0.8,
        "(?:smell(?:s|t|ed)?|stinks?|stank|reeks?) of curry",
        "(?:that|this|their|his|her) lot (?:from|in|off) the (?:caravans?|site|estate|boats?|camp)",
        "caravans? (?:are|is) back",
        "let(?:ting)? that lot in",
        "(?:looks? like|turn(?:ed|ing)? into|like) a mosque",
        "it's all halal",
        "halal now",
        r"(?:towel|tea ?towel|rag|bin ?bag)(?: \w+){0,2} (?:on|round) (?:\w+ )?head",
        "terrorist in the making",
        "taken over",
        "they've taken over",
        (
            r"(?:man|men|bloke|blokes|fella|boy) in (?:a )?(?:dress|dresses|skirt|wig)(?: \w+){0,6} (?:teach\w*|"
            r"read\w*|toilets?|child|kids|sick|pervert\w*)?"
        ),
        "(?:can't|cannot|don't|won't|barely) (?:even )?speak (?:a word of )?english",
        "monkey noises",
        "ching chong",
        "normal kids",
        r"in the (?:\w+ )?front row (?:looks|like) (?:foreign|isis)",
        (
            r"(?:so|that's|that is|what an?|well|proper|bit|dead) (?:\w+ )?gay(?: \w+)?(?: haha| laughing| lol|$|"
            r",|\.|!)"
        ),
        "(?:how|too) gay",
        "typical (?:black|traveller|muslim|asian|gypsy|gypo|woman|female|polish|romanian)",
        (
            r"(?:sat|sit|sitting|mixing|next) (?:\w+ )?(?:to|with) (?:a |an |the )?<group>(?: \w+){0,3} (?:filthy|"
            r"dirty|disgusting|smell\w*)"
        ),
        "women can't",
        "go back to the kitchen",
        "hope (?:her|his) (?:hijab|turban|kippah)",
        unless=(
            *COUNTERED,
            r"(?:he|she|i|my \w+|they) (?:can't|doesn't|don't)(?: yet)? speak english (?:yet|very|so)",
            "interpreter",
            "eal",
            "support",
            "help with english",
            "proud",
        ),
    ),
)
