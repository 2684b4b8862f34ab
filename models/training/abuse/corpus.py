"""Read the public training sets and the written school comments; decide which labels of each are worth learning.

Two sets are left out for their licence: `davidson` (tweets under the platform's own terms) and `paradetox_pairs`
(its two published licences disagree).
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOURCES = (
    "cad",
    "dynahate_dev",
    "edos",
    "goemotions",
    "hatemojibuild",
    "hatexplain",
    "jigsaw_civil_toxic",
    "misogyny_reddit",
    "sbic",
    "sms_spam",
    "toxic_spans_civil",
    "youtube_spam",
)
SCHOOL = "uk_school"
_SCHOOL_FILE = Path(__file__).parent / "uk_school_comments.csv"
_LONGEST = 1000
_WEIGHTS = {"hatexplain": 0.6, "jigsaw_civil_toxic": 0.5, "goemotions": 0.5, SCHOOL: 6.0}
_NOT_ABUSIVE = frozenset({"banter", "criticism", "data_protection", "incivility", "logistics", "praise"}) | frozenset(
    {"reported_abuse", "spam", "welfare"},
)
DISPOSITIONS = ("praise", "logistics", "criticism", "incivility", "reported_abuse", "welfare", "data_protection")
_POSITIVES_ONLY = frozenset({"edos", "misogyny_reddit"})
_EMOTIONS = {
    "praise": frozenset({"admiration", "gratitude", "pride", "joy"}),
    "criticism": frozenset({"disapproval", "disappointment"}),
    "logistics": frozenset({"curiosity", "confusion"}),
}
_SCHOOL_HEADS = {"threat": "threat", "sexual": "sexual", "discriminatory": "discriminatory", "insult": "insult"}


@dataclass(slots=True)
class Row:
    """One text; `targets` says 1 or 0 for each head that it can teach. A head that is absent learns nothing."""

    source: str
    text: str
    weight: float
    targets: dict[str, int] = field(default_factory=dict)


def read_rows(train: Path, source: str) -> Iterator[Row]:
    """The rows of one public set, in file order."""
    with (train / source / "data.jsonl").open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield Row(source, record["text"][:_LONGEST], _WEIGHTS.get(source, 1.0), _targets(source, record))


def read_school_rows() -> Iterator[Row]:
    """The comments written for this project: they teach every head."""
    with _SCHOOL_FILE.open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            label, disposition = record["label"], record["disposition"]
            targets = {head: int(label == own) for head, own in _SCHOOL_HEADS.items()}
            targets["abusive"] = int(disposition not in _NOT_ABUSIVE)
            targets["school_abuse"] = targets["abusive"]
            targets["insult"] = int(label in {"insult", "bullying", "harassment"})
            targets["discriminatory"] = int(label in {"discriminatory", "extremist"})
            targets["spam"] = int(disposition == "spam")
            told = "praise" if disposition == "banter" else disposition
            targets |= {name: int(name == told) for name in DISPOSITIONS}
            yield Row(SCHOOL, record["text"], _WEIGHTS[SCHOOL], targets)


def read_all(train: Path) -> list[Row]:
    """Every usable row once: a text seen again, whatever its case and blanks, is dropped."""
    rows: list[Row] = list(read_school_rows())
    seen = {_key(row.text) for row in rows}
    for source in SOURCES:
        for row in read_rows(train, source):
            key = _key(row.text)
            if key not in seen and row.targets:
                seen.add(key)
                rows.append(row)
    return rows


def _key(text: str) -> str:
    return "".join(text.casefold().split())


def _targets(source: str, record: dict[str, Any]) -> dict[str, int]:
    abusive, cats = record["abusive"], record["cats"]
    targets = {
        name: int(cats[name]) for name in ("discriminatory", "threat", "sexual", "spam", "insult") if name in cats
    }
    if isinstance(abusive, int) and source not in _POSITIVES_ONLY:
        targets["abusive"] = abusive
    if source == "goemotions":
        targets |= _emotion_targets(record)
    if source == "edos":
        targets.setdefault("threat", 0)
    if source in {"dynahate_dev", "hatemojibuild"} and abusive == 0:
        # "Not hate" there still holds plenty of abuse at one person.
        del targets["abusive"]
    return targets


def _emotion_targets(record: dict[str, Any]) -> dict[str, int]:
    """Innocent chat teaches every abuse head 0; a single clear emotion also teaches the dispositions near it."""
    targets = dict.fromkeys(_SCHOOL_HEADS, 0) | {"spam": 0} if record["abusive"] == 0 else {}
    emotions = record["raw"]["emo"]
    nearest = [name for name, group in _EMOTIONS.items() if emotions[0] in group] if len(emotions) == 1 else []
    if nearest:
        targets |= {name: int(name in nearest) for name in DISPOSITIONS}
    return targets
