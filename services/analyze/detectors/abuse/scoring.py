"""Join what the rules and the model say into one score, where 0.5 is the line for a person to look."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.analyze.detectors.abuse.matching import Hit
from services.analyze.detectors.abuse.model import SCHOOL_HEAD
from services.analyze.detectors.abuse.tables import lines

# Log-odds that 2 % of innocent comments exceed on sources the model had not seen (see models/abuse/README.md).
REVIEW_LINE = {"abusive": 0.45, "discriminatory": 0.25, SCHOOL_HEAD: 1.45}
# The same at 0.5 %, for labels that only the model has seen.
SURE_LINE = {"threat": -0.5, "sexual": -2.5, "spam": 3.0}
_SCHOOL_SHARE = 0.15
_MODEL_SHARE = 0.4
_CRUDE = re.compile(r"\b(?:" + "|".join(lines("crude_words")) + r")\w{0,3}\b")
_CRUDE_MOST = 2
_BELOW_LINE = 0.05
_CALM = {"praise": 0.8, "logistics": 0.6, "criticism": 0.4, "incivility": 0.0}
_FLOOR = -3.0
_CEILING = 3.0
_REPORTED_AT_MOST = 0.3


@dataclass(frozen=True, slots=True)
class Scores:
    """Both 0..1."""

    abusive: float
    discriminatory: float


def score(margins: Mapping[str, float], hits: Iterable[Hit], text: str) -> Scores:
    """Scores from the model's log-odds per head, the rules' hits and the normalised text."""
    hits = tuple(hits)
    abuse = [hit for hit in hits if hit.is_abuse and hit.rule.label != "spam_scam"]
    hostile = [hit for hit in hits if hit.rule.label in {"discriminatory", "extremist"}]
    concern = any(not hit.is_abuse and hit.rule.label not in _CALM for hit in hits)
    calm = sum(_CALM.get(label, 0.0) for label in {hit.rule.label for hit in hits})
    abusive = _joined(abuse, _lifted(_abuse_margin(margins) - calm * (not abuse), text))
    discriminatory = _joined(hostile, margins["discriminatory"] - REVIEW_LINE["discriminatory"] - calm)
    if concern and not abuse:
        abusive, discriminatory = min(abusive, _REPORTED_AT_MOST), min(discriminatory, _REPORTED_AT_MOST)
    return Scores(abusive, discriminatory)


def _abuse_margin(margins: Mapping[str, float]) -> float:
    """Log-odds over the line: public data leans on the school's own comments, which may also speak alone."""
    school = margins[SCHOOL_HEAD]
    return max(margins["abusive"] - REVIEW_LINE["abusive"] + _SCHOOL_SHARE * school, school - REVIEW_LINE[SCHOOL_HEAD])


def _lifted(model: float, text: str) -> float:
    """Crude words make a comment rank higher, but alone they never carry it over the line."""
    lifted = model + min(sum(1 for _ in _CRUDE.finditer(text)), _CRUDE_MOST)
    return min(lifted, model * _BELOW_LINE) if model < 0 else lifted


def _joined(hits: Iterable[Hit], model: float) -> float:
    """Log-odds of the model, led by the rules where they match."""
    model = min(max(model, _FLOOR), _CEILING)
    miss = math.prod(1 - hit.rule.weight for hit in hits)
    return _sigmoid(model if miss == 1 else math.log((1 - miss) / miss) + _MODEL_SHARE * model)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
