"""Sexual remarks about a person, and sexual solicitation."""

from services.analyze.detectors.abuse.rules.rule import rule

RULES = (
    rule(
        "sexual.remark",
        "makes a sexual remark about a person",
        0.88,
        (
            r"(?:i'd|i would|i'll|would)(?: \w+){0,2} (?:smash|shag|do|ride|bang|bend|tap|fuck|lick|let)(?: \w+)"
            "{0,2} (?:her|him|that|miss|the new|it|any ?thing|over)"
        ),
        (
            r"(?:look at|nice|great|what|fit|them|those|her|his|see) (?:\w+ ){0,2}?(?:tits|boobs|arse|bum|legs|"
            "rack|jugs)(?: on (?:that|her|him|the)| shame|,|$)"
        ),
        r"(?:bend|sit|spank|ride)(?: \w+)? (?:me|her|him|on my face|over)",
        "(?:punish|spank|teach) me (?:any ?time|over|a lesson|sir|miss)",
        "on (?:her|his|your) knees",
        (
            r"(?:fit|sexy|hot|phwoar|phwoa+r|horny|milf|dilf|gilf|smirk|penis)(?: \w+){0,4} (?:teacher|miss|sir|"
            r"mum's|mum|head|coach|staff|year \d+)"
        ),
        (
            r"(?:miss|sir|teacher|coach|<named>|mum|she|he)(?: \w+){0,4} (?:fit as|so fit|well fit|is fit|is hot|"
            "is sexy|milf|in a bikini|down her top|penis|asking for it|is packing)"
        ),
        unless=(
            "fit (?:and well|for|in|enough|into)",
            "keep fit",
            "hot (?:chocolate|dog|day|meal|weather|in)",
            "get fit",
            "swimming",
            "too hot",
            "very hot",
        ),
    ),
    rule(
        "sexual.crude",
        "is sexually crude at a person",
        0.85,
        r"suck (?:my|a|his) (?:dick|cock|\w+ dick)",
        "(?:show|get)(?: us| me| them)? (?:your |them )?(?:tits|boobs|nudes)",
        "get them out",
        "gave me head",
        "send nudes",
        "sit on my face",
        "(?:fancy|want|up for) a shag",
        r"(?:dirty|she's a|you|your mum's a|fucking|such a|little) (?:slut|slag|whore|ho)\b",
        "(?:she|he|head girl) swallows",
        "been with half",
        "dirty in bed",
        r"(?:your|ur) (?:mum|mum's|sister|nan)(?: \w+){0,3} (?:last night|in bed|good in|knickers|gave)",
        r"concentrate(?: \w+){0,6} (?:down her top|her legs|his arse)",
        "that bike saddle",
        unless=(
            "called",
            "calling",
            "call (?:her|him|them|girls)",
            "are called",
            "told",
            "says? (?:she|he)",
        ),
    ),
)
