"""The lexicon and the patterns, a file per label; `ALL_RULES` is the catalogue."""

from services.analyze.detectors.abuse.rules import (
    allegation,
    bullying,
    concerns,
    contact,
    discriminatory,
    doxxing,
    extremist,
    insult,
    ordinary,
    self_harm,
    sexual,
    spam,
    threat,
)
from services.analyze.detectors.abuse.rules.rule import Rule

_FILES = (
    self_harm,
    contact,
    threat,
    extremist,
    discriminatory,
    sexual,
    allegation,
    doxxing,
    bullying,
    insult,
    spam,
    concerns,
    ordinary,
)
ALL_RULES: tuple[Rule, ...] = tuple(rule for file in _FILES for rule in file.RULES)
