"""Advertising, scams and follower farming."""

from services.analyze.detectors.abuse.rules.rule import rule

_SCHOOL_SALE = (
    "prize ?(?:winners?|giving|day)",
    "pta",
    "raffle",
    "uniform",
    "school (?:fair|fete|disco)",
    "cake",
    "tombola",
    "council",
    "parentpay",
    "newsletter",
    "hoodies",
    "face value",
    "governors",
)

RULES = (
    rule(
        "spam_scam.money",
        "promises easy money",
        0.92,
        (
            r"(?:earn|make|made|making|get|win|won)(?: \w+){0,3} [£$€]?\d[\d,.]*k?(?: \w+){0,4} (?:day|week|hour|"
            "home|month|crypto|online|daily)"
        ),
        (
            r"(?:crypto|bitcoin|forex|investment|trading)(?: \w+){0,6} (?:guaranteed|profit|returns?|whatsapp|"
            "telegram|thanks to|invest|inbox|platform)"
        ),
        r"guaranteed (?:returns?|profit|grades?|a\*?)",
        r"loans?(?: \w+){0,3} (?:no credit|apply)",
        r"recover(?:ed)?(?: \w+){0,3} (?:funds|money|account)",
        "lost funds back",
        unless=_SCHOOL_SALE,
    ),
    rule(
        "spam_scam.prize",
        "offers a prize or a gift for a click or for details",
        0.92,
        (
            r"(?:congratulations|you(?:'ve| have)? (?:been|won)|free)(?: \w+){0,8} (?:iphone|gift ?card|voucher|"
            "prize|claim|selected)"
        ),
        r"(?:claim|win|giveaway|free gift|caravan holiday)(?: \w+){0,8} (?:now|click|bank details|link|share)",
        r"(?:fill in|send)(?: \w+){0,4} bank details",
        (
            r"(?:date of birth|bank details|card details|passport|pin)(?: \w+){0,6} (?:to (?:win|claim|be|enter)|"
            "chance)"
        ),
        "pay only by bank transfer",
        "parcel could not be",
        r"(?:verify|confirm) your (?:account|page|details)(?: \w+){0,4}",
        "violated (?:our |community )",
        "blue tick",
        r"copyright infringement(?: \w+){0,6} (?:url|appeal)",
        unless=_SCHOOL_SALE,
    ),
    rule(
        "spam_scam.advert",
        "advertises something that has nothing to do with the school",
        0.85,
        (
            r"(?:cheap|replica|fake|designer|wholesale|buy|selling|sell)(?: \w+){0,4} (?:watches|trainers|nike|"
            "followers|likes|vapes?|snus|viagra|weed|pills|gcse papers|degree|certificate|ids?)"
        ),
        r"(?:get|buy|free|need) (?:\w+ )?(?:followers|subscribers|likes)",
        "(?:sub|subscribe) to my",
        "check (?:out )?my (?:channel|page|profile|bio|onlyfans)",
        "link in (?:my )?bio",
        "promote it on",
        "(?:essay|assignment|dissertation|coursework)(?: writing)? (?:service|help)",
        "spell ?caster",
        "casino",
        "free spins",
        "betting tips",
        "(?:hot|sexy) (?:singles|girls)",
        "onlyfans",
        "serious relationship",
        r"(?:watch|full|free|live)(?: \w+){0,4} (?:video|stream|cam)(?: \w+){0,3} url",
        r"(?:visit|click|go to|sign up)(?: \w+){0,4} url",
        "cure (?:autism|cancer|adhd)",
        "without exams",
        "exam papers? (?:for sale|leaked)",
        unless=_SCHOOL_SALE,
    ),
)
