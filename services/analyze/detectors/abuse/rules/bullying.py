"""Cruelty to a pupil or among pupils, and campaigns to hound one person."""

from services.analyze.detectors.abuse.rules.rule import COUNTERED, rule

_FOND = (
    "bless",
    "proud",
    "well done",
    "love",
    "gorgeous",
    "amazing",
    "brilliant",
    "lovely",
    "our (?:own )?(?:little )?(?:monkey|devil)",
    "congratulations",
    "good luck",
)

RULES = (
    rule(
        "bullying.looks",
        "mocks a child's body or looks",
        0.8,
        (
            r"look at (?:the |that |this )?(?:\w+ ){0,2}?(?:size|state|face|teeth|hair|nose|ears|shoes|belly|legs|"
            r"forehead|lanky|fat) ?(?:of|on|hahaha|laughing|haha|streak|omg)?(?: \w+){0,3}"
        ),
        (
            r"[a-z]+'s (?:teeth|hair|nose|ears|face|belly|forehead|shoes|eyebrows|spots)(?: \w+){0,3} (?:haha\w*|"
            r"laughing|lol|omg|ew+|look|vomit|sick|horse|are|is)(?: \w+){0,3}"
        ),
        (
            r"(?:who|why)(?: \w+){0,3} (?:invited|let|is|put)(?: \w+){0,2} (?:weirdo|fat|ugly|smelly|freak|whale|"
            r"even in)(?: \w+)?"
        ),
        (
            r"(?:fat|ugly|smelly|spotty|ginger|thick|lanky|goofy) (?:\w+ )?(?:lad|kid|boy|girl|one|face|bitch|"
            "lump)"
        ),
        r"(?:weirdo|freak|loser|whale) (?:in|on|at|spotted)(?: \w+){0,4}",
        "somebody (?:call a vet|get that)",
        "(?:ate|eaten|eat|swallowed) (?:all )?the (?:cakes|pies|other team|biscuits|whole)",
        "hide the (?:biscuits|cakes|pies|food)",
        "(?:whale|pig|horse|monkey|rat) (?:spotted|alert|on the)",
        "crop (?:her|him|them) out",
        "looks like (?:a )?(?:foot|rat|pig|horse|thumb)",
        (
            r"(?:he|she|[a-z]+) (?:stinks|smells of|still wets|wets (?:him|her)self|has nits|has got nits)(?: \w+)"
            "?"
        ),
        "(?:tramp|poundland|asda|charity shop|scabby) (?:shoes|bag|kid|trackie|clothes)",
        unless=(
            *COUNTERED,
            *_FOND,
            "called",
            "calling",
            "display",
            "lost property",
            "state of the",
            (
                "look at the (?:size|state) of (?:that|the) (?:cake|marrow|pumpkin|queue|pitch|sunflower|toilets|car "
                "park|field)"
            ),
            "nits letter",
            "the changing rooms?",
        ),
    ),
    rule(
        "bullying.exclude",
        "tells others to shun a child",
        0.85,
        (
            r"(?:no ?one|nobody|everyone|everybody|don't|lets all|let's all)(?: \w+){0,3} (?:sit with|talk to|"
            r"invite|speak to|sit next to|be friends with|ignore|unfollow|block|report)(?: [a-z]+)?(?: and \w+ "
            r"\w+)?"
        ),
        "(?:nobody|no one|noone) (?:wants|likes|tell|invited)(?: [a-z]+){1,4}",
        "(?:has|have|got|with) no (?:mates|friends)",
        "(?:you|he|she) (?:has|have) no friends",
        "is a (?:grass|snitch|snake)",
        "avoid (?:her|him),? (?:she|he)",
        "girl to avoid",
        "pass it on",
        "(?:votes?|vote) for (?:the )?(?:ugliest|fattest|worst|biggest)",
        "like this if (?:you )?(?:think|hate)",
        "send this to everyone",
        "post the video",
        "(?:got|getting) battered (?:laughing|lol|haha)",
        "(?:mum|dad) (?:doesn't|don't) love you",
        "nobody wanted (?:him|her)",
        unless=(
            *COUNTERED,
            *_FOND,
            "(?:nobody|no one) to",
            "nobody (?:likes|wants) (?:to |the |it|a |this|that|mondays)",
            "talk to (?:us|anyone|the|me)",
            "no one (?:to|will|would|ever) (?:talk|speak)",
            "(?:says|feels?|told)",
        ),
    ),
    rule(
        "bullying.thick",
        "mocks a child's ability or home",
        0.75,
        (
            r"(?:can't|cannot|couldn't) even (?:read|spell|count|write|tie)(?: \w+){0,2} (?:laughing|haha\w*|"
            "thick|lol)"
        ),
        "(?:he|she)'s (?:so |just |such a |a )?(?:loser|crybaby|baby|<looks>)",
        "what a (?:baby|cry ?baby|loser|freak)",
        "thick kid",
        "thick parents",
        "such a loser",
        "thinks (?:she|he)'s it",
        "sounds? like a dying",
        unless=(
            *COUNTERED,
            *_FOND,
            "feels?",
            "says",
        ),
    ),
    rule(
        "harassment.campaign",
        "calls for a campaign against one person",
        0.82,
        (
            "(?:comment(?:ing)?|post(?:ing)?|email(?:ing)?|message|messaging|ring(?:ing)?|report(?:ing)?|"
            r"spam(?:ming)?)(?: \w+){0,6} (?:until|till|til) (?:she|he|you|they)(?:'s|'re)? (?:\w+ )?(?:resigns?|"
            "quits?|gone|leaves?|goes?|sacked|cries|cry|answer)"
        ),
        "(?:make|making) (?:her|his|their|your) (?:life|lives) (?:hell|a misery|miserable)",
        "never have (?:any )?peace",
        "hound(?:ed|ing)? (?:her|him|them|you|the last)",
        "make (?:her|him) cry",
        "(?:three|two|more|another) (?:more )?accounts? so blocking",
        "blocking me (?:won't|doesn't)",
        "outside (?:her|his|<named>'s) (?:house|home)",
        "keep (?:ringing|reporting|messaging) (?:her|him)",
        "(?:phone|ring|call|tell) (?:his|her) (?:wife|husband)",
        "every day i'm going to",
        "get <staff> sacked,? everyone",
        "1 star everywhere",
        unless=COUNTERED,
    ),
)
