"""People who report abuse, are worried about somebody, or use their data protection rights. None of them is abusive."""

from services.analyze.detectors.abuse.rules.rule import rule

RULES = (
    rule(
        "reported_abuse.victim",
        "tells what was done to a child or another person",
        0.8,
        (
            r"<kin>(?: \w+){0,8}? (?:is|was|gets?|got|has been|keeps? (?:getting|being)|being|been|is being|were|"
            r"are)(?: \w+){0,3} (?:bullied|called|told|threatened|hit|pushed|picked on|attacked|jumped|punched|"
            "kicked|harassed|messaged|teased|abused|assaulted|sent|filmed|followed|excluded by|spat at)"
        ),
        (
            "(?:i|we|he|she|they)(?:'s|'ve|'re)? (?:was|were|is|got|gets?|been|has been|have been|keeps? "
            r"(?:getting|being)|being)(?: \w+){0,2} (?:bullied|called|told to|threatened|picked on|attacked|"
            r"jumped|punched|harassed|teased|shouted at|sworn at|sent (?:\w+ )?(?:messages|horrible))"
        ),
        (
            r"(?:someone|somebody|(?:an?|some|two|three|the|another|other|older|that)(?: \w+){0,2} (?:boys?|"
            "girls?|kids?|pupils?|child(?:ren)?|lads?|man|men|parents?|dad|mum|teacher|coach|person|stranger|van)"
            r"(?: \w+){0,5}|they|he|she|people|kids)(?: \w+){0,2} (?:have |has |keeps? |kept |just |been )?<did> "
            r"(?:\w+ )?<them>"
        ),
        (
            r"(?:said|says|threatened|wrote|shouted|told)(?: \w+){0,2} (?:he|she|they)(?:'d| would|'s| was| were|"
            r"'re)? (?:going to )?(?:\w+ )?(?:kill|stab|hurt|hit|batter)(?: \w+)?"
        ),
        "threatened (?:to|with|our|my)",
    ),
    rule(
        "reported_abuse.told_by_child",
        "passes on what a child said happened",
        0.8,
        (
            r"(?:<kin>|she|he) (?:says|said|tells me|told me|came home|is scared|was scared)(?: \w+){0,8} "
            r"(?:grab\w*|hit|swore|called|text\w*|messag\w*|touch\w*|push\w*|shout\w*|hurt|black eye|bruis\w*|"
            r"because of what)(?: \w+){0,5}"
        ),
        r"<kin>(?: \w+){0,5} (?:scared|afraid|terrified)(?: \w+){0,5} (?:come|go|said|school|in)",
    ),
    rule(
        "reported_abuse.remove_comment",
        "asks for somebody's abusive words to be dealt with",
        0.8,
        (
            "(?:please |can you |could you |should be |needs? to be )?(?:remove|delete|report|take down|taken "
            r"down|hide|block)(?: \w+){0,3} (?:comments?|account|user|troll|that post)(?: \w+){0,3}"
        ),
        (
            r"(?:comments?|things people|account|post|messages?|that)(?: \w+){0,6} (?:is|are) (?:\w+ )?(?:racist|"
            r"vile|disgusting|abusive|homophobic|bullying|nasty)(?: \w+){0,5}"
        ),
        "(?:must|has to|needs to) (?:stop|be stopped)",
        "leave (?:her|him|them) alone",
        (
            "(?:racism|racist abuse|n word|monkey chants?|slurs?|homophobia|sexual harassment|being called)(?: "
            r"\w+){0,10} (?:what (?:will|are) you|nothing (?:has|was|is)|do about|stop|enough|dealt with|done|"
            "match|bus|corridor)"
        ),
        r"(?:pretending to be|fake account of|fake profile|deepfake)(?: \w+){0,4}",
        r"(?:call(?:ing|s)?|called)(?: \w+){0,5} (?:is|was)(?:n't| not) (?:banter|ok|okay|acceptable|funny)",
        r"is what (?:a|an|one|some|the)(?: \w+){0,2} (?:child|boy|girl|parent|kid|pupil|man)(?: \w+){0,3}",
        (
            r"(?:strange )?m(?:a|e)n (?:in|with|by|near)(?: \w+){0,6} (?:asked|asking|approached|offered|followed|"
            "watching|taking photos)"
        ),
        "please (?:warn|tell) (?:everyone|parents|other)",
    ),
    rule(
        "welfare.self",
        "the writer may be at risk",
        0.9,
        (
            "i (?:want to|'m going to|am going to|might|could|feel like|wish i could|keep thinking (?:about|of)) "
            r"(?:\w+ )?(?:kill(?:ing)? myself|die|end(?:ing)? (?:it|my life)|be dead|hurt(?:ing)? myself|"
            "disappear)"
        ),
        "kill myself",
        "don't want to (?:be here|live|wake up|be alive)",
        (
            "i (?:can't|cannot|don't think i can) (?:cope|go on|carry on|do this|take (?:it|this))(?: any ?more| "
            "much longer)?"
        ),
        "(?:would|'d) be (?:better off|happier) (?:without me|if i)",
        "(?:happier|better off) if i (?:was|were) (?:gone|dead)",
        "(?:nobody|no one) would (?:care|notice|miss me) if i",
        "i(?:'ve| have) been (?:cutting|self harming|starving|made to)",
        "i(?:'m| am) (?:scared|afraid|frightened) (?:to go|of going|at) home",
        "i(?:'m| am) not (?:okay|ok)$",
        "want it (?:all )?to stop",
        "i feel (?:really |so )?(?:low|suicidal|hopeless)",
        "haven't eaten (?:since|for)",
        (
            r"(?:my|our) (?:step ?dad|dad|mum|step ?mum|uncle|brother|mum's boyfriend)(?: \w+){0,2} (?:hits|hurts|"
            r"beats|touches|locks|is drinking|drinks)(?: \w+)?"
        ),
        "(?:make|making|made) (?:me )?(?:to )?send pictures",
        unless=(
            "laughing",
            "joking",
            r"haha\w*",
            "lol",
            "raffle",
            "assembly",
            "traffic",
            "car park",
            "hold music",
        ),
    ),
    rule(
        "welfare.other",
        "worried about somebody's safety",
        0.85,
        (
            "(?:worried|concerned|scared|frightened) (?:about|for) (?:<kin>|my|a|the|this|that|him|her|[a-z]+'s)"
            r"(?: \w+){0,5}"
        ),
        (
            r"(?:she|he|<kin>)(?: \w+){0,6} (?:cutting|self[- ]?harm\w*|hurts? (?:her|him)self|hurting (?:her|him)"
            "self|takes pills|stopped eating|suicidal|wants to (?:end|die)|doesn't want to be here|end it all|"
            "saying goodbye|going to jump|run away|gone missing|hasn't been seen|hasn't come home)"
        ),
        "no food (?:in|at|til|until)",
        "(?:hasn't|haven't) (?:eaten|got up|been seen|any food)",
        "(?:made|we're|are) homeless",
        "marks? (?:all )?(?:up|on|over) (?:his|her) (?:arms?|legs?|body|neck)",
        "please check on",
        "outside in (?:his|her) pyjamas",
        "sleeps? at a different",
        "won't leave (?:his|her) room",
        unless=(
            "parking",
            "homework",
            "exam results",
            "place",
            "sats",
            "catchment",
            "worried about the (?:weather|parking|cost|journey)",
        ),
    ),
    rule(
        "data_protection.takedown",
        "asks for a picture or a name to be taken down",
        0.9,
        (
            r"(?:take|taken|get|pull)(?: \w+){0,6}? (?:photos?|pictures?|images?|video|name|it|this|these|that|"
            r"post)(?: \w+){0,8} (?:down|off)"
        ),
        r"(?:can|please)(?: \w+){0,4} (?:be )?taken (?:down|off)",
        "take it down",
        (
            r"(?:remove|delete|blur|erase|untag)(?: \w+){0,5} (?:photo|photos|picture|pictures|image|images|video|"
            r"name|face|son|daughter|twins|children|post)(?: \w+){0,4}"
        ),
        (
            r"(?:not|never|didn't|did not|don't|no|withdraw|withdrawn|without)(?: \w+){0,5} (?:consent\w*|"
            r"permission|agreed? to|signed|allowed (?:to be )?(?:on|online|in)|photos on)(?: \w+){0,6}"
        ),
        "said no (?:photos|to photos)",
        "can't be (?:online|on facebook|identified|in (?:photos|pictures))",
        "must not be (?:identified|published|online|shown)",
        unless=(
            "comments?",
            "take (?:the )?(?:lights?|tree|decorations|posters?|display)",
            "trip",
            "homework",
            "remove (?:all )?(?:jewellery|earrings|shoes)",
            "permission slip",
            "leave of absence",
            "account (?:posting|of)",
            "coat",
            "socks?",
        ),
    ),
    rule(
        "data_protection.rights",
        "uses a data protection right",
        0.9,
        "subject access",
        "under (?:the )?(?:uk )?gdpr",
        "data protection (?:officer|act|complaint|lead)",
        "data breach",
        "right to be forgotten",
        r"article 1\d",
        "freedom of information",
        "(?:the )?ico",
        (
            r"copy of (?:the cctv|(?:all |everything )?(?:the )?(?:data|information|records?|everything))(?: \w+)"
            "{0,5}"
        ),
        "(?:all )?(?:the )?(?:data|information|records) (?:that )?you hold",
        "emailed everyone's addresses",
    ),
)
