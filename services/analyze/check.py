"""One check, one path: read what the post refers to, ask the detector, say what was found and what was not examined."""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from schemas.analysis import Analysis, Finding, Unchecked
from schemas.content import Content
from schemas.ids import BlobKey, SchoolId, analysis_id, finding_id
from schemas.post import Post, RegisterVersions
from services.analyze.detectors.detector import Detection, DetectorInfo, FindingDraft, Material, RegisterSnapshot
from services.analyze.engine import Examined, Snapshot
from services.analyze.several import fitting, joined
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.crypto import Keyring
from services.shared.errors import ContentGone, InputRejected

ATTEMPTS = 2
MOST_FAILURES = 3
"""Of one check, against however many schools: each may cost the child and a minute, while every other check waits."""
LONGEST_CHECK = timedelta(minutes=10)
"""After it no further school is begun: far below what the broker takes for a handler that hangs."""
MOST_FINDINGS = 1000
"""Of one answer: with more it would not fit into a record of the broker, and nobody would hear of any."""
PICTURES = frozenset({"photo", "gif"})


class Store(Protocol):
    """What a check reads (services/shared/content_store.py)."""

    keyring: Keyring

    async def get(self, key: BlobKey) -> bytes:
        """Read a blob; ContentGone when there is none."""
        ...

    async def get_content(self, key: BlobKey) -> Content:
        """Read a revision's text; ContentGone when there is none."""
        ...


class Examiner(Protocol):
    """Runs a detector (services/analyze/engine.py)."""

    async def detect(
        self, material: Material, school: SchoolId, versions: RegisterVersions, snapshot: Snapshot
    ) -> Examined:
        """Examine; InputRejected when the input made the detector fail."""
        ...


class RegisterSource(Protocol):
    """Gives registers (services/analyze/registers.py)."""

    async def versions(self, school: SchoolId, at_least: RegisterVersions) -> RegisterVersions:
        """Return the versions to match against, not older than `at_least`."""
        ...

    async def snapshot(self, school: SchoolId) -> RegisterSnapshot:
        """Read a school's register as it is now."""
        ...


@dataclass
class Checker:
    """Answers checks for one detector."""

    detector: DetectorInfo
    store: Store
    engine: Examiner
    registers: RegisterSource
    clock: Clock
    _examined: dict[SchoolId, None] = field(default_factory=dict, init=False, repr=False)
    """The schools in the order in which they were examined last."""

    async def check(self, post: Post) -> Analysis:
        """Answer one check.

        Raises:
            DependencyUnavailable: the store or a register does not answer; ask again.
        """
        answer = _Answer()
        material = await self._material(post, answer)
        asked = post.versions or {post.school_id: RegisterVersions()}
        end = self.clock.now() + LONGEST_CHECK
        with metrics.DETECT_SECONDS.labels(self.detector.name).time():
            for school in self._latest_first(asked):
                if answer.failures < MOST_FAILURES and self.clock.now() < end:
                    await self._examine(school, asked[school], material, answer)
                else:
                    answer.unchecked.add(("all", "out_of_time"))
        found = joined({school: detection.findings for school, detection in answer.detections.items()})
        if len(found) > MOST_FINDINGS:
            answer.unchecked.add(("all", "too_many_findings"))
        findings = [await self._finding(post, school, draft) for school, draft in fitting(found, MOST_FINDINGS)]
        return self._analysis(post, answer, findings)

    def _latest_first(self, schools: Iterable[SchoolId]) -> list[SchoolId]:
        """Begin with the schools whose indexes are the likeliest to be still there.

        A trust of more people than the child keeps would otherwise find each school's index just dropped.
        """
        rank = {school: number for number, school in enumerate(self._examined)}
        return sorted(schools, key=lambda school: rank.get(school, -1), reverse=True)

    async def _material(self, post: Post, answer: "_Answer") -> Material:
        content = Content()
        if post.content is not None:
            try:
                content = await self.store.get_content(post.content)
            except (ContentGone, InputRejected) as error:
                answer.unchecked.add(("text", _why_not_read(error)))
        pictures: dict[str, bytes] = {}
        for attachment in post.attachments if self.detector.needs_pictures else ():
            part = f"image:{attachment.key}"
            if attachment.media is None:
                answer.unchecked.add((part, attachment.missing_reason or "not_fetched"))
            elif attachment.kind not in PICTURES:
                answer.unchecked.add((part, "kind_not_supported"))
            else:
                try:
                    pictures[attachment.key] = await self.store.get(attachment.media)
                except (ContentGone, InputRejected) as error:
                    answer.unchecked.add((part, _why_not_read(error)))
        return Material(post=post, content=content, pictures=pictures)

    async def _examine(
        self, school: SchoolId, at_least: RegisterVersions, material: Material, answer: "_Answer"
    ) -> None:
        versions = answer.versions[school] = await self.registers.versions(school, at_least)
        self._examined.pop(school, None)
        self._examined[school] = None
        for left in reversed(range(min(ATTEMPTS, MOST_FAILURES - answer.failures))):
            try:
                examined = await self.engine.detect(
                    material, school, versions, functools.partial(self.registers.snapshot, school)
                )
            except InputRejected as error:
                answer.failures += 1
                if not left:
                    answer.unchecked.add(("all", str(error)))
            else:
                answer.detections[school] = examined.detection
                answer.versions[school] = examined.versions
                return

    async def _finding(self, post: Post, school: SchoolId, draft: FindingDraft) -> Finding:
        # Keyed, because an unkeyed hash of a short text can be guessed.
        match = await self.store.keyring.pseudonym(post.school_id, "match", draft.match)
        return Finding(
            finding_id=finding_id(post.post_id, draft.category, draft.subject_ref or "", draft.part, match),
            category=draft.category,
            confidence=draft.confidence,
            band=draft.band,
            subject_ref=draft.subject_ref,
            subject_school_id=school if draft.subject_ref else None,
            spans=draft.spans,
            boxes=draft.boxes,
            rule_id=draft.rule_id,
            facts=dict(draft.facts),
        )

    def _analysis(self, post: Post, answer: "_Answer", findings: list[Finding]) -> Analysis:
        detector = self.detector
        detections = tuple(answer.detections.values())
        unchecked = answer.unchecked | {(gap.part, gap.reason) for d in detections for gap in d.unchecked}
        status = "unchecked" if unchecked else "complete"
        metrics.ANALYSES.labels(detector.name, status).inc()
        for finding in findings:
            metrics.FINDINGS.labels(detector.name, finding.category).inc()
        return Analysis(
            analysis_id=analysis_id(post.check_id, detector.name, detector.version, _canonical(answer.versions)),
            check_id=post.check_id,
            trigger=post.trigger,
            run_id=post.run_id,
            school_id=post.school_id,
            account_id=post.account_id,
            post_id=post.post_id,
            revision_id=post.revision_id,
            revision_no=post.revision_no,
            detector=detector.name,
            detector_version=detector.version,
            model_version=detector.model_version,
            versions=answer.versions,
            status=status,
            unchecked=tuple(Unchecked(part=part, reason=reason) for part, reason in sorted(unchecked)),
            findings=tuple({finding.finding_id: finding for finding in findings}.values()),
            subjects=tuple(sorted({ref for d in detections for ref in d.subjects})),
            media_facts=detections[0].media_facts if detections else (),
            analysed_at=self.clock.now(),
        )


@dataclass
class _Answer:
    versions: dict[SchoolId, RegisterVersions] = field(default_factory=dict)
    unchecked: set[tuple[str, str]] = field(default_factory=set)
    detections: dict[SchoolId, Detection] = field(default_factory=dict)
    failures: int = 0


def _why_not_read(error: ContentGone | InputRejected) -> str:
    return "content_gone" if isinstance(error, ContentGone) else "content_unreadable"


def _canonical(versions: Mapping[SchoolId, RegisterVersions]) -> str:
    return json.dumps({school: used.model_dump() for school, used in versions.items()}, sort_keys=True)
