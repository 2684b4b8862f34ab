"""The default severity of labels, before a school's policy has its say."""

from collections.abc import Collection

from services.analyze.detectors.abuse.result import Target

_BY_LABEL = {
    "insult": 2,
    "bullying": 2,
    "harassment": 3,
    "discriminatory": 3,
    "sexual": 3,
    "doxxing": 3,
    "allegation": 3,
    "threat": 3,
    "self_harm_encouragement": 4,
    "grooming_contact": 4,
    "extremist": 4,
    "spam_scam": 1,
}
_GRAVER = {
    "threat.will_hurt": 4,
    "threat.will_be_hurt": 4,
    "threat.weapon": 4,
    "spam_scam.money": 2,
    "spam_scam.prize": 2,
}
_WORST = 4


def severity(labels: Collection[str], rule_ids: Collection[str], target: Target) -> int:
    """0 without labels; else the gravest label or rule, one more when a pupil is the target of abuse, at most 4."""
    worst = max((_BY_LABEL[label] for label in labels), default=0)
    worst = max((worst, *(_GRAVER.get(rule_id, 0) for rule_id in rule_ids)))
    against_pupil = target is Target.PUPIL and any(label != "spam_scam" for label in labels)
    return min(worst + against_pupil, _WORST)
