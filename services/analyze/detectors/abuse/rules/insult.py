"""Insults at a person or a group, from crude to dressed up."""

from services.analyze.detectors.abuse.rules.rule import COUNTERED, rule

_THINGS = (
    (
        "(?:rule|policy|idea|decision|uniform|homework|game|app|website|system|question|weather|toilet|sock|"
        r"tie|letter|email|excuse|menu|joke|mistake|thing|me|i'm|i am|i feel)(?: \w+){0,2}"
    ),
)
_FOND = (
    "bless",
    "love (?:you|him|her|them|this)",
    r"you muppet \w+, you",
    "laughing",
    r"haha\w*",
    "joking",
    "cheeky",
    "proud",
    "thank",
    "congratulations",
    "well done",
    "legends?",
    "amazing",
    "jammy",
    "lucky",
    "well deserved",
    "absolute (?:beast|unit|hero)",
)

RULES = (
    rule(
        "insult.called",
        "calls somebody an insulting name",
        0.85,
        (
            "<person>(?: all)?(?: <is>|'re|'s| is| are|)(?: (?:all|just|really|nothing but|clearly|obviously|"
            "still|honestly|actually))? <degree><name>"
        ),
        (
            "(?:what|such|you|u|ya|absolute|utter|complete|total|proper|grade a|fucking|bloody|stupid|fat|dirty|"
            r"ugly|silly|lazy|thick|useless|clueless|bunch of(?: \w+)?) <degree><name>"
        ),
        (
            r"(?:shut (?:up|your mouth|it)|fuck off|piss off|get lost|oi|drop dead|resign)(?: \w+){0,1}?,? (?:you|"
            r"ya|u) (?:\w+ ){0,2}\w+"
        ),
        "^<name>[.! ]*$",
        (
            r"(?:specky|four ?eyes|shit for brains|fuck you|fuck off|go fuck yourself|screw you|suck my \w+|kiss "
            "my arse|eat shit|up yours|go to hell)"
        ),
        unless=(
            *COUNTERED,
            *_FOND,
            "(?:called|calling|calls?) (?:me|him|her|them|<kin>|<named>|the|us)",
        ),
    ),
    rule(
        "insult.described",
        "describes somebody insultingly",
        0.78,
        (
            r"<person>(?: are| is|'re|'s|'m| must be| looks?| were| was)(?: \w+){0,2}? (?:(?:so|such|as|just|"
            "really|very|too|fucking|bloody|absolutely|utterly|completely|totally|both|all|proper|well|dead|"
            "being) ){0,2}<adjective>"
        ),
        (
            "(?:dim|fat|ugly|thick|stupid|pathetic|useless|nasty|horrible|vile|evil|bitter|spiteful|bald|dried "
            r"up|fat lazy|silly|wicked|crazy|dopey|filthy|vindictive|miserable|disgusting|clueless)(?: \w+){0,2} "
            "(?:man|woman|cow|witch|bloke|hag|bitch|lump|git|bint|creature|people|teachers?|old bag|bag|boy|girl|"
            "goat|parents?|lot)"
        ),
        (
            r"(?:has|have|got|is|are)(?: \w+){0,3} (?:the personality of|thick as|thicker than|as thick as|"
            r"brains? of|face like|the brain of|no brain|not a brain|wrong in the head)(?: \w+)?"
        ),
        "thick as (?:mince|pig|shit|two)",
        "face like a",
        "thicker than",
        "more brains? in",
        r"brain cells?(?: \w+){0,3} (?:between|to rub)",
        "not the sharpest",
        (
            r"couldn't (?:teach|run|organise|manage|educate)(?: \w+){0,2} (?:dog|fish|goldfish|bath|monkey|"
            r"hamster)(?: \w+)*"
        ),
        "as much use as",
        r"wouldn't trust (?:\w+ ){0,3}to run a (?:bath|tap)",
        unless=(
            *COUNTERED,
            *_FOND,
            *_THINGS,
            "called",
            "calling",
            "stupid (?:o'clock|early)",
            "crazy (?:good|busy|golf|hair)",
            "fat chance",
            "wicked (?:witch|queen|night)",
            "ugly (?:sister|duckling)s?",
            "mental health",
            "insane (?:talent|goal|effort)",
        ),
    ),
    rule(
        "insult.demeans",
        "mocks somebody's looks, mind or worth",
        0.75,
        (
            "(?:state of (?:that|him|her|you|it|this)|look at the state|who dressed|does (?:he|she) own a|"
            r"dragged through a hedge|fell out of|did the circus|escaped from)(?: \w+){0,4}"
        ),
        r"(?:let|have)(?: \w+){0,3} (?:ugly|dim|thick|stupid)(?: \w+){0,3} (?:near|in charge of|teach)",
        r"imagine being (?:that|as|so) \w+",
        "go back to (?:stacking|flipping|school yourself|tesco|mcdonalds)",
        "(?:isn't|not) for you love",
        "(?:nobody|no one|everyone) (?:likes|hates|can stand|can't stand|wants) (?:you|him|her|<staff>)",
        "you (?:stink|smell)",
        "hope (?:she|he|you) (?:gets? the sack|rots?|loses?)",
        "rots? in hell",
        "burn in hell",
        "cries (?:her|him)self to sleep",
        "(?:hates|despises) (?:kids|children)",
        "needs sterilising",
        "(?:feral|dirty) (?:little )?(?:rats|animals|kids|brats)",
        unless=(
            *COUNTERED,
            *_FOND,
            "state of (?:the|repair)",
        ),
    ),
)
