"""Telling somebody to hurt or kill themselves."""

from services.analyze.detectors.abuse.rules.rule import COUNTERED, PLAYFUL, rule

RULES = (
    rule(
        "self_harm_encouragement.told_to_die",
        "tells somebody to kill or harm themselves",
        0.97,
        (
            "(?:(?:go|just|please|pls|should|can you|could you|and|now|you|better off if you) )?(?:kill|hang|"
            "neck|shoot|drown|top|off|unalive|stab|end) (?:yourself|yourselves|urself)"
        ),
        (
            "(?:go (?:and )?|just |please |should )(?:die|drop dead|hang|drown(?: in)?|drink (?:some )?bleach|"
            "jump (?:off|in front|under)|end it(?: all)?|play on the (?:train )?(?:tracks|motorway))"
        ),
        "^(?:drink bleach|drop dead|jump you coward|please stop breathing|end it)",
        "drink (?:some )?bleach,? (?:you|mate|pal)",
        "slit your wrists?",
        "cut (?:too )?deep(?:er)?",
        "take (?:all )?the pills",
        (
            r"(?:do us|do everyone|do the world) (?:all )?a favour and (?:\w+ ){0,2}?(?:die|end|jump|not|stop|go|"
            "disappear|kill)"
        ),
        r"(?:should|just|why don't you|hope you|can you) (?:\w+ )?not wake up",
        "hope you (?:die|get cancer|rot|cut|choke|don't wake up)",
        unless=(
            *COUNTERED,
            *PLAYFUL,
            "^i (?:want|feel)",
            "off you go",
            "told (?:to|him|her|me|them)",
            "telling",
            "says",
            "said",
            "asked",
            "wrote",
            "written",
            "remove",
            "report",
        ),
    ),
    rule(
        "self_harm_encouragement.not_missed",
        "says that nobody would miss somebody who died",
        0.9,
        (
            r"(?:no ?(?:one|body)) (?:would|will|'d) (?:\w+ )?(?:miss you|care if you (?:died|die|were|went)|"
            "notice if you|come to your funeral|cry at your)"
        ),
        (
            r"(?:world|school|everyone|we|family|parents)(?: \w+){0,3} (?:better off|better place|quieter|happier|"
            "easier) (?:without you|if you (?:were|died|weren't))"
        ),
        r"(?:if i had your|with a) (?:face|life)(?: \w+){0,3} (?:i'd|i would) (?:end|kill|jump|top)",
        r"doing (?:your|everyone)(?: \w+){0,3} favour if you",
        (
            r"(?:there's|there is) (?:a |some )?(?:rope|bridge|cliff|train line|bleach)(?: \w+){0,6}[,.;]? (?:use "
            "it|go on|jump|off you go)"
        ),
        "flip off the bridge",
    ),
)
