"""Run the rules over a normalised text, sentence by sentence, and leave out what is only reported."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.analyze.detectors.abuse.rules import ALL_RULES
from services.analyze.detectors.abuse.rules.rule import Rule

_SENTENCE = re.compile(r"(?:\b(?:mr|mrs|ms|mx|dr|st)\.|[^.!?\n]|[.!?](?=\w))+\??")
CONCERNS = frozenset({"reported_abuse", "welfare", "data_protection"})
ORDINARY = frozenset({"praise", "logistics", "criticism", "incivility"})
_OWN_VOICE = frozenset({"threat.will_hurt", "extremist.violence", "grooming_contact.secret"})
_FIRST_PERSON = re.compile(r"(?:i|we|my (?:dad|brothers?|mates?))\b(?! was| were)")


@dataclass(frozen=True, slots=True)
class Hit:
    """One match of a rule: a half-open range of the normalised text."""

    rule: Rule
    start: int
    end: int

    @property
    def is_abuse(self) -> bool:
        """Whether the rule's label is one of abuse, not of a concern or an ordinary comment."""
        return self.rule.label not in CONCERNS and self.rule.label not in ORDINARY


def sentences(text: str) -> list[str]:
    """The sentences of a normalised text."""
    return [match.group() for match in _SENTENCE.finditer(text)]


def find_hits(text: str) -> tuple[Hit, ...]:
    """Every hit in `text`, in the order of the catalogue within each sentence."""
    found: list[Hit] = []
    for sentence in _SENTENCE.finditer(text):
        words = sentence.group().rstrip()
        hits = [hit for rule in ALL_RULES if (hit := _match(rule, words, sentence.start())) is not None]
        found += _without_reported(hits, words, sentence.start())
    return tuple(found)


def _match(rule: Rule, sentence: str, offset: int) -> Hit | None:
    match = rule.pattern.search(sentence)
    if match is None or (rule.unless is not None and rule.unless.search(sentence)):
        return None
    return Hit(rule, offset + match.start(), offset + match.end())


def _without_reported(hits: Sequence[Hit], sentence: str, offset: int) -> list[Hit]:
    """Abuse that a sentence reports is not the writer's own, unless the writer threatens in the first person."""
    if not any(hit.rule.label in CONCERNS for hit in hits):
        return list(hits)
    own = [hit for hit in hits if hit.rule.id in _OWN_VOICE and _FIRST_PERSON.match(sentence, hit.start - offset)]
    if own:
        return [hit for hit in hits if hit.rule.label not in CONCERNS]
    return [hit for hit in hits if not hit.is_abuse or hit.rule.label == "allegation"]
