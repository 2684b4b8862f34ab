"""What a rule is, how its patterns are written, and guards that many rules share.

A pattern is a regular expression over normalised text, matched at word boundaries. `<staff>` and the like stand for
the alternatives that `data/slots.csv` lists under that name.
"""

import re
from dataclasses import dataclass
from functools import cache

from services.analyze.detectors.abuse.tables import groups

_SLOT = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of a label.

    `weight` (0..1) is how sure a match alone makes us. `unless`, anywhere in the same sentence, shows that the match
    means something harmless.
    """

    id: str
    label: str
    why: str
    weight: float
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


def rule(rule_id: str, why: str, weight: float, *patterns: str, unless: tuple[str, ...] = ()) -> Rule:
    """A rule whose label is its id up to the first dot."""
    label = rule_id.split(".", 1)[0]
    return Rule(rule_id, label, why, weight, compile_any(*patterns), compile_any(*unless) if unless else None)


def compile_any(*patterns: str) -> re.Pattern[str]:
    """One expression that matches whatever any of `patterns` does, from word to word."""
    return re.compile(rf"(?<!\w)(?:{_expand('|'.join(patterns))})(?!\w)")


def _expand(pattern: str) -> str:
    return _SLOT.sub(lambda match: _slot(match.group(1)), pattern)


@cache
def _slot(name: str) -> str:
    return f"(?:{_expand('|'.join(groups('slots')[name]))})"


PLAYFUL = (
    "laughing",
    "joking",
    r"haha\w*",
    "lol",
    "rounders",
    "sponges?",
    "stocks",
    "bake ?off",
    "cake",
    "quiz",
    "raffle",
    "sports? day",
    "match",
    "final",
    "five[- ]a[- ]side",
    "tournament",
    "league",
    "cup",
    "derby",
    "netball",
    "hockey",
    "football",
    "cricket",
    "rugby",
    "relay",
    "race",
    "talent show",
    "costume",
    "pantomime",
    "panto",
    "drama",
    "play",
    "tombola",
)
COUNTERED = (
    "(?:not|never|isn't|is not|wasn't|aren't) (?:ok|okay|acceptable|funny|banter|right|an insult)",
    "unacceptable",
    "stop (?:saying|using|calling)",
    (
        "(?:calling|call|called|saying|says|said|using|use|shouting|shouted|hearing|heard|wrote|written|"
        r"sprayed)(?: \w+){0,5} (?:is|was|are|were) (?:wrong|racist|homophobic|sexist|disgusting|vile|hurtful|"
        "abuse|bullying)"
    ),
    "(?:is|it's|that's) (?:racist|homophobic|transphobic|sexist|antisemitic|ableist|a slur|hate)",
    "stand up (?:to|against)",
    "anti[- ]?(?:racism|bullying)",
    "against (?:racism|hate|homophobia|bullying)",
)
