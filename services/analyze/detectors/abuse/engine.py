"""The abuse engine: normalise a comment, run the rules and the model over it, and say what it is and why."""

import re
from collections.abc import Mapping, Sequence

from services.analyze.detectors.abuse.matching import CONCERNS, Hit, find_hits, sentences
from services.analyze.detectors.abuse.model import LinearModel
from services.analyze.detectors.abuse.normalise import lightly, normalise
from services.analyze.detectors.abuse.people import author_role, find_target, index_names
from services.analyze.detectors.abuse.result import LABELS, AbuseResult, Disposition, Span, Target
from services.analyze.detectors.abuse.scoring import SURE_LINE, Scores, score
from services.analyze.detectors.abuse.severity import severity

_LINE = 0.5
_ORDINARY = (Disposition.PRAISE, Disposition.LOGISTICS, Disposition.CRITICISM, Disposition.INCIVILITY)
_CUE = 3.0
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCES_MOST = 30
_LEARNED = "the wording resembles abuse that the model was trained on"
_NOTHING = "nothing in it looks like abuse"


class AbuseEngine:
    """Analyses one comment at a time. Holds nothing but the model, so one engine serves every school."""

    def __init__(self, model: LinearModel | None = None) -> None:
        self._model = model or LinearModel.load()

    @property
    def model_version(self) -> str:
        """Name of the model, from the digest of its file."""
        return self._model.version

    def analyse(
        self,
        text: str,
        *,
        parent: str | None = None,
        staff_names: Sequence[str] = (),
        pupil_names: Sequence[str] = (),
    ) -> AbuseResult:
        """Say what `text` is; `parent` is the comment it answers, the names are those of the school's register."""
        mapped = normalise(text)
        hits = find_hits(mapped.text)
        margins = self._margins(lightly(text).text, mapped.text)
        scores = score(margins, hits, mapped.text)
        abuse = tuple(hit for hit in hits if hit.is_abuse and hit.rule.label != "spam_scam")
        disposition = _disposition(scores, margins, hits, mapped.text)
        names = index_names(tuple(staff_names), tuple(pupil_names))
        telling = _telling(disposition, hits, abuse)
        if any(hit.rule.id == "welfare.self" for hit in telling):
            target = Target.SELF
        else:
            target = find_target(text, mapped.text, normalise(parent).text if parent else "", names, telling)
        labels = _labels(disposition, scores, margins, telling, target)
        return AbuseResult(
            disposition=disposition,
            abusive=scores.abusive >= _LINE,
            score=scores.abusive,
            discriminatory=scores.discriminatory,
            labels=labels,
            severity=severity(labels, {hit.rule.id for hit in telling}, target),
            target=target,
            author_role=author_role(mapped.text),
            spans=tuple(
                Span(*mapped.original_span(hit.start, hit.end), hit.rule.label, hit.rule.id) for hit in telling
            ),
            why=_why(telling, learned=scores.abusive >= _LINE),
        )

    def _margins(self, light: str, normalised: str) -> dict[str, float]:
        """Log-odds per head: the higher of the text as it stands and as it was read.

        For abuse, the mean of that and of its worst sentence: one insult must not drown in a long comment.
        """
        whole = (light,) if light == normalised else (light, normalised)
        parts = sentences(normalised)[:_SENTENCES_MOST]
        rows = self._model.margins(*whole, *(parts if len(parts) > 1 else ()))
        margins = dict(zip(self._model.heads, rows[: len(whole)].max(axis=0).tolist(), strict=True))
        if len(parts) > 1:
            worst = float(rows[len(whole) :, self._model.heads.index("abusive")].max())
            margins["abusive"] = (margins["abusive"] + worst) / 2
        return margins


def _disposition(
    scores: Scores,
    margins: Mapping[str, float],
    hits: Sequence[Hit],
    text: str,
) -> Disposition:
    labels = {hit.rule.label for hit in hits}
    if scores.abusive >= _LINE:
        return Disposition.UNSAFE_CONTACT if "grooming_contact" in labels else Disposition.ABUSE
    for concern in (Disposition.WELFARE, Disposition.REPORTED_ABUSE, Disposition.DATA_PROTECTION):
        if concern in labels:
            return concern
    if "spam_scam" in labels or margins["spam"] > SURE_LINE["spam"]:
        return Disposition.SPAM
    if not labels and not _LETTER.search(text):
        return Disposition.LOGISTICS
    return max(_ORDINARY, key=lambda kind: margins[kind] + _CUE * (kind in labels))


def _telling(disposition: Disposition, hits: Sequence[Hit], abuse: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits that made the comment what it is."""
    if disposition in {Disposition.ABUSE, Disposition.UNSAFE_CONTACT}:
        return tuple(abuse)
    if disposition is Disposition.SPAM:
        return tuple(hit for hit in hits if hit.rule.label == "spam_scam")
    if disposition in CONCERNS:
        return tuple(hit for hit in hits if hit.rule.label in {disposition, "allegation"})
    return ()


def _labels(
    disposition: Disposition,
    scores: Scores,
    margins: Mapping[str, float],
    telling: Sequence[Hit],
    target: Target,
) -> tuple[str, ...]:
    """Labels in the order of LABELS: the rules' own, else what the model's heads say, else an insult."""
    found = {hit.rule.label for hit in telling}
    if disposition is Disposition.SPAM:
        found.add("spam_scam")
    if disposition is Disposition.ABUSE:
        if scores.discriminatory >= _LINE:
            found.add("discriminatory")
        found |= {label for label in ("threat", "sexual") if not found and margins[label] > SURE_LINE[label]}
        if not found:
            found.add("insult")
        if target is Target.PUPIL and "insult" in found:
            found.add("bullying")
    return tuple(label for label in LABELS if label in found)


def _why(telling: Sequence[Hit], *, learned: bool) -> str:
    reasons = list(dict.fromkeys(hit.rule.why for hit in telling)) or [_LEARNED if learned else _NOTHING]
    sentence = "; ".join(reasons)
    return f"{sentence[0].upper()}{sentence[1:]}."
