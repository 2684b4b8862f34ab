"""Scans captions and pictures from files: the same detector and the same policy as the services, without them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from schemas.analysis import Finding
from schemas.content import AttachmentText, Content
from schemas.ids import account_id, finding_id, post_id, school_id
from services.analyze.detectors.details.drafts import NONE, Found
from services.analyze.detectors.details.index import DetailsIndex, build_index
from services.analyze.detectors.details.pictures.examine import read_names
from services.analyze.detectors.details.pictures.ocr import WORKING_SIZE, Reader
from services.analyze.detectors.details.pictures.ocr_match import NameOnPicture, PictureNames
from services.analyze.detectors.details.pictures.windows import around
from services.analyze.detectors.details.texts import examine_texts
from services.analyze.image_guard import INCOMPLETE, open_picture
from services.policy.decide import PostFacts, decide
from services.policy.load import choose, load_profile
from services.policy.profile import Profile
from services.register.imports.facts import read_facts
from services.register.imports.people import Parsed, read_pupils, read_staff
from services.register.models import Facts, Pupil, Roster
from services.shared.errors import InputRejected

PROFILE: Final = "sandbox"
DETECTION_SIZES: Final = {"fast": 960, "deep": 1600}
T = TypeVar("T")
_FILE: Final = "file"
_KEY: Final = "1"
_POST: Final = post_id(account_id(school_id(_FILE), _FILE, _FILE), _FILE)


class Caption(BaseModel):
    """One line of the input."""

    id: str | int
    kind: Literal["caption", "alt_text"] = "caption"
    image: Literal["none", "group", "single"] = "none"
    text: str


def scan_details(
    roster_csv: bytes, staff_csv: bytes, school_file: bytes, lines: Iterable[str], *, profile: str = PROFILE
) -> Iterator[dict[str, Any]]:
    """Yield for each line (a JSON object, see Caption) its verdict and what was found where.

    Raises:
        InputRejected: a file or a line cannot be used; the message says which and why.
        SettingsError: there is no such profile, or the school's choices are none of its.
    """
    facts = _facts(school_file)
    policy = choose(load_profile(profile), facts.policy)
    index = build_index(_roster(roster_csv, staff_csv, facts))
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _scanned(_caption(line, number), index, policy)


def scan_photos(
    roster_csv: bytes, staff_csv: bytes, pictures: Iterable[tuple[str, bytes]], *, mode: str = "fast"
) -> Iterator[dict[str, Any]]:
    """Yield for each picture (file name and bytes) the names that stand on it; corners are in pixels.

    Raises:
        InputRejected: a file or the mode cannot be used; the message says which and why.
        SettingsError: the models for reading are missing.
    """
    if mode not in DETECTION_SIZES:
        raise InputRejected(f"there is no mode {mode!r}: choose one of {', '.join(DETECTION_SIZES)}")
    names = PictureNames(build_index(_roster(roster_csv, staff_csv, Facts())))
    reader = Reader(detection_size=DETECTION_SIZES[mode])
    for name, data in pictures:
        try:
            picture = open_picture(data, working_size=WORKING_SIZE)
        except InputRejected:
            yield {"image": name, "status": "unchecked", "names": []}
            continue
        found = [_named(each, picture.size) for each in read_names(picture, reader, names)]
        status = "unchecked" if INCOMPLETE in picture.flags else "complete"
        yield {"image": name, "status": status, "names": found}


def _caption(line: str, number: int) -> Caption:
    try:
        return Caption.model_validate_json(line)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "it"
        raise InputRejected(f"line {number} of the input is no caption: {where} is missing or wrong") from None


def _scanned(caption: Caption, index: DetailsIndex, policy: Profile) -> dict[str, Any]:
    if caption.kind == "alt_text":
        content = Content(attachments={_KEY: AttachmentText(alt_text=caption.text)})
    else:
        content = Content(text=caption.text)
    found = examine_texts(index, content, caption.image).found
    facts = PostFacts(_FILE, "draft", "draft", "official", has_image=caption.image != NONE)
    verdict = decide(policy, facts, [_finding(each) for each in found]).verdict
    spans = [
        {"start": span.start, "end": span.end, "category": each.draft.category.upper(), "pupil": _joined(each.pupils)}
        for each in found
        for span in each.draft.spans
    ]
    spans.sort(key=lambda span: (span["start"], span["end"], span["category"]))
    return {"id": caption.id, "verdict": verdict, "spans": spans}


def _finding(found: Found) -> Finding:
    draft = found.draft
    return Finding(
        finding_id=finding_id(_POST, draft.category, draft.subject_ref or "", draft.part, draft.match),
        category=draft.category,
        confidence=draft.confidence,
        band=draft.band,
        subject_ref=draft.subject_ref,
        spans=draft.spans,
        rule_id=draft.rule_id,
        facts=dict(draft.facts),
    )


def _joined(pupils: Iterable[Pupil]) -> str | None:
    return "|".join(sorted(pupil.admission_no for pupil in pupils)) or None


def _named(name: NameOnPicture, size: tuple[int, int]) -> dict[str, Any]:
    numbers = sorted(pupil.admission_no for pupil in name.pupils)
    return {
        "text": name.text,
        "pupil": numbers[0] if len(numbers) == 1 else numbers,
        "quad": [[round(x * size[0]), round(y * size[1])] for x, y in around(name.quads)],
        "score": round(name.score / 100, 3),
    }


def _facts(data: bytes) -> Facts:
    parsed = read_facts(data)
    if parsed.facts is None:
        problem = parsed.problems[0]
        raise InputRejected(
            f"the school's facts cannot be used: {' '.join(filter(None, (problem.column, problem.code)))}"
        )
    return parsed.facts


def _roster(roster_csv: bytes, staff_csv: bytes, facts: Facts) -> Roster:
    today = datetime.now(tz=UTC).date()
    return Roster(_rows(read_pupils(roster_csv, today=today), "roster"), _rows(read_staff(staff_csv), "staff"), facts)


def _rows(parsed: Parsed[T], what: str) -> tuple[T, ...]:
    refused = [problem for problem in parsed.problems if problem.refused]
    if refused:
        first = refused[0]
        raise InputRejected(
            f"the {what} file cannot be used: line {first.line}, {first.column or 'the file'}: {first.code}"
        )
    return parsed.rows
