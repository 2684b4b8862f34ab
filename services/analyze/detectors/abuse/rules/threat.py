"""Threats, said outright or veiled."""

from services.analyze.detectors.abuse.rules.rule import PLAYFUL, rule

_PAST = (
    (
        r"(?:was|were|been|got|had|have|last night|yesterday|someone|who) (?:\w+ ){0,3}(?:slashed|smashed|"
        "broken|burnt|torched|keyed)"
    ),
)
_STAGE = (
    "macbeth",
    "prop",
    "play",
    "drama",
    "costume",
    "glue",
    "water",
    "nerf",
    "toy",
    "fake",
    "cardboard",
    "foam",
    "museum",
    "history",
    "rounders",
    "cricket club",
    "baseball",
    "art",
)

RULES = (
    rule(
        "threat.will_hurt",
        "the writer says they will hurt somebody",
        0.9,
        (
            r"(?:i|we|my (?:dad|mum|brothers?|mates?|cousins?|boys|uncle)|me and my \w+)<will> (?:\w+ )"
            r"{0,3}?<hurt>(?:ing)? (?:\w+ ){0,1}?<victim>"
        ),
        r"going to (?:\w+ )?<hurt> (?:\w+ )?(?:you|him|her|them|his|your|that|mr|mrs|miss|ms|sir)\b",
        r"i'll (?:have|do|end|fight|get) (?:you|him|her|the lot of you)(?: \w+)?(?: outside)?",
        "i(?:'ll| will) (?:put|have) (?:you|him|her) in (?:hospital|a coffin|the ground)",
        (
            r"<hurt> (?:you|him|her|them) (?:at|after|outside|on|when|with)(?: \w+){0,3} (?:school|bus|gates?|"
            "monday|bell|see|catch|knife|bat)"
        ),
        (
            r"(?:bang|knock|spark|lay|deck|take) (?:\w+ ){1,5}?out (?:as soon|when|after|at|on|outside|tomorrow|"
            "monday|the second)"
        ),
        unless=(
            *PLAYFUL,
            "my (?:husband|wife|son|daughter|other half|mum|dad|hubby) (?:will|is|for)",
            "kill (?:my|for)",
            "bring it on",
            "out of the (?:park|box)",
        ),
    ),
    rule(
        "threat.will_be_hurt",
        "says that somebody is about to be hurt",
        0.88,
        (
            "(?:getting|going to get|going to be|about to get|gets|will get|will be|wants|needs|is) "
            r"<hurt_past>(?: \w+){0,3}(?: after| at| on| when| tomorrow| tonight| monday| and no| outside| by| "
            "soon|$)"
        ),
        (
            "(?:you're|you are|your|he's|she's|he is|she is|ur) (?:all )?(?:so )?dead (?:tomorrow|tonight|on|"
            "when|after|if|meat|soon|monday|at|next)"
        ),
        (
            "(?:you|he|she|they|you'll|he'll|she'll|[a-z]+'s) (?:is |are |'re |'s )?(?:getting|going to get) "
            "(?:jumped|battered|banged|knocked|stabbed|done|sparked)"
        ),
        "(?:dead man|dead woman) walking",
        "hope you like hospital food",
        "end up in (?:hospital|a coffin|the morgue)",
        "(?:bring|wear|need|pack) (?:a|your) (?:stab vest|helmet|bodyguard|coffin)",
        (
            r"(?:leav(?:e|ing)|go(?:ing)? home|end(?:ing)? up|carried (?:out|off)|carry(?:ing)? (?:\w+ ){1,3}out)"
            r"(?: \w+){0,3} (?:ambulance|coffin|body bag|stretcher|wheelchair|a box)"
        ),
        r"(?:eating|drinking)(?: \w+){0,3} through a (?:straw|tube)",
        "scrap(?:e|ing) (?:you|him|her) off",
        "look better with a broken",
        "(?:two )?broken (?:arms|legs|kneecaps)",
        unless=PLAYFUL,
    ),
    rule(
        "threat.deserves",
        "says that somebody ought to be hurt",
        0.85,
        (
            r"(?:someone|somebody|he|she|they|you|<staff>|whoever|that \w+) (?:\w+ )?(?:needs?|wants?|deserves?|"
            "should (?:get|have|be given)|could do with) (?:to be |to get |giving )?(?:a |an |his |her |their |"
            "your )?(?:good |bloody |proper |fucking |right )?(?:kicking|hiding|slap(?:ping)?|battering|beating|"
            "bullet|stabbing|hanging|shooting|thump(?:ing)?|head kicking|head knocking|face smashing|punch(?:ing)"
            "?|whipping|dropping off|stringing up|shot|hanged|hung|stabbed|burnt|brick)"
        ),
        (
            "(?:give|giving) (?:<staff>|him|her|them|you) (?:a |some )?(?:good |bloody |proper )?(?:kicking|hiding|"
            "slap(?:ping)?|battering|beating|thump(?:ing)?|smack(?:ing)?)"
        ),
        (
            r"(?:someone|somebody) (?:\w+ )?(?:needs? to|should|ought to|please|could|will|is going to) (?:\w+ )"
            r"{0,2}?(?:<hurt>|wait for|jump|follow|get hold of|run|teach|shut|visit|pay) (?:\w+ ){0,3}?(?:him|her|"
            "them|that|mr|mrs|miss|ms|up for good|a lesson|a visit|over)"
        ),
        r"(?:someone|somebody) (?:string|shoot|hang|stab|batter|run) (?:\w+ ){1,3}(?:up|over|now|please)?",
        r"(?:want|need|deserve)s? (?:his|her|their|your) (?:head|face|legs|teeth|jaw) \w+ing(?: in| off| out)?",
        unless=(
            *PLAYFUL,
            "slap on the (?:wrist|back)",
            "kicking a ball",
            "dressing down",
        ),
    ),
    rule(
        "threat.property",
        "threatens somebody's home, car or the school",
        0.85,
        r"(?:brick|petrol|firework|match|bomb) (?:\w+ ){0,2}?(?:through|under|into|in|at)(?: \w+){1,3}",
        (
            r"(?:burn|torch|blow|set fire to|set light to) (?:\w+ ){0,5}?(?:school|house|office|car|place|down|up|"
            "ground|building)"
        ),
        "(?:burnt|burned|torched|blown up) (?:to the ground|down|with the)",
        (
            r"(?:tyres?|cars?|windows?|house|home)(?: \w+){0,5} (?:slashed|smashed|keyed|torched|put through|"
            "bricked|burnt|scratched)"
        ),
        r"enjoy (?:your|his|her) (?:\w+ )?(?:car|house|windows?|job|life|dog|kneecaps) (?:while|whilst)",
        unless=(
            *_PAST,
            "calories",
            "matches? (?:in|at)",
            "blow up (?:balloons?|the)",
            "bonfire",
            "bath",
            "bomb disposal",
            "world war",
            "blitz",
            "sun ?burn",
        ),
    ),
    rule(
        "threat.knows_where",
        "lets somebody know that they can be found",
        0.85,
        (
            "(?:i|we)(?:'ve)?(?: all| both)? (?:know|got|found|find|will find|'ll find)(?: out)?(?: exactly)? "
            "(?:where (?:you|he|she|they|<staff>) (?:all )?(?:lives?|parks?|works?|drinks?|sleeps?|shops?|walks?)"
            "|what car (?:you|he|she)|(?:your|his|her) (?:route|registration|reg|car|number plate)|which way "
            "(?:you|he|she)|what time (?:you|he|she) (?:finish|leave|go)|where your (?:kids?|house|mum|family))"
        ),
        "(?:be|i'll be|we'll be|turn up|see you) at your (?:front )?door",
        "following you home",
        "follow (?:you|him|her) home",
        unless=(
            *PLAYFUL,
            "on the map",
            "geography",
            "bus route",
            "coach",
            "lost property",
            "get (?:him|her|them) home",
        ),
    ),
    rule(
        "threat.watch_out",
        "warns somebody to watch out",
        0.8,
        "(?:watch|mind) (?:your|his|her|their) backs?",
        "(?:want|need|ought)s? to watch (?:your|him|her|them)sel(?:f|ves)",
        "eyes in the back of (?:your|his|her)",
        (
            "(?:you|he|she|they)(?:'d| had)? better (?:watch (?:out|it)|not (?:ever |dare )?(?:walk|be seen|come "
            "near|show)|run|hide|sleep|pray|start running)"
        ),
        r"sleep (?:tight|well)(?: \w+){0,3}[.,!]? (?:while|tonight because|because)",
        "while you still can",
        "mind how you go",
        "accidents happen",
        "snitches get stitches",
        "(?:won't|will not|never) see (?:it|me|us) coming",
        "what i'm capable of",
        "mark my words[,.]? (?:you|he|she)",
        "tick[ -]?tock,? (?:mr|mrs|miss|ms|you|bitch|mate)",
        unless=PLAYFUL,
    ),
    rule(
        "threat.consequences",
        "says that somebody will be made to regret it",
        0.75,
        (
            "(?:you|he|she|they)(?:'ll| will|'re going to| are going to|'s going to| is going to) (?:all )"
            "?(?:regret (?:it|this|that|the)|be sorry|pay for|wish (?:you|he|she|they)|get what(?:'s| is) coming|"
            "get what you deserve|find out the hard way|never (?:teach|walk|work) again)"
        ),
        r"(?:karma|payback|revenge) (?:is|will be) (?:coming|on its way)(?: \w+){0,2}",
        "get what(?:'s| is) coming to (?:you|him|her|them)",
        "see what happens(?: to (?:you|him|her))?",
        "messed with the wrong",
        "won't be responsible for (?:what|my)",
        "or i'll sort (?:you|him|her)",
        "i(?:'ll| will) make sure (?:you|he|she) never (?:walk|teach|work|breathe)",
        unless=(
            *PLAYFUL,
            "enrol",
            "book",
            "sign up",
            "miss out",
            "science",
            "experiment",
            "magnesium",
            "pay for (?:the|their|it|lunch|dinner)",
        ),
    ),
    rule(
        "threat.coming_for",
        "says that somebody is on the way to confront a person",
        0.78,
        (
            "(?:i'm|we're|i am|we are) (?:coming|waiting|outside) (?:for (?:you|him|her|them)|and (?:we|i)(?: "
            "are|'m|'re) (?:waiting|not))"
        ),
        "not coming (?:down )?(?:there )?to talk",
        "pay(?:ing)? (?:you|him|her|them|<staff>) a (?:little )?visit",
        "when i (?:get|catch) hold of (?:you|him|her)",
        "wait (?:till|until|til) i (?:get|catch|see|find) (?:hold of )?(?:you|him|her)",
        "bring your mates",
        (
            "(?:wait(?:ing)?|be) (?:for|outside for) (?:you|him|her|<staff>) (?:by|at|behind|outside|in) the "
            r"(?:\w+ )?(?:gates?|bike sheds?|car park|shops?|bus stop)"
        ),
        r"(?:square (?:go|up)|straightener|1v1 me|fight me)(?: \w+){0,6}",
        (
            r"(?:cousin|brother|uncle|dad|mate)(?: \w+){0,3} (?:got out|come out of prison|is out of prison|out "
            "of jail)"
        ),
        (
            "(?:alone|five minutes|ten minutes|a minute) with (?:him|her|you)(?: and a (?:cricket bat|baseball "
            "bat|bat|hammer))"
        ),
        unless=(
            *PLAYFUL,
            "st [a-z]+'s",
            "see you (?:in|at|there)",
            "pick (?:you|him|her|them) up",
            "collect",
        ),
    ),
    rule(
        "threat.weapon",
        "speaks of bringing a weapon",
        0.85,
        (
            r"(?:bring(?:ing)?|carrying|got|have|take|taking|coming (?:in|down) with) (?:\w+ ){0,3}?(?:knife|"
            "blade|machete|gun|hammer|acid|crowbar|zombie knife|bat)"
        ),
        "bomb (?:is )?(?:going off|in the|under the|at the)",
        "(?:shoot|shooting) up (?:the|this|that) school",
        r"(?:don't|do not) come (?:in|to school) (?:tomorrow|on \w+) (?:if you|unless)",
        unless=_STAGE,
    ),
    rule(
        "threat.shame_if",
        "hints that something bad could happen",
        0.8,
        (
            r"(?:a |be |such a |real |would be )?(?:shame|pity|awful|terrible) if (?:\w+ ){1,6}?(?:happen(?:ed|s)"
            "?|accident|slashed|burn(?:t|ed)?|fire|broke|hurt|smashed|lost)"
        ),
        unless=(
            *PLAYFUL,
            "rain",
            "weather",
            "cancelled",
        ),
    ),
)
