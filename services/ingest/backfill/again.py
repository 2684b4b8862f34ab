"""Pure: a check of what was published before, in the lane in which it delays nothing that is live."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas import ids
from schemas.categories import ABUSE, DETAILS, DETECTORS
from schemas.ids import Digest, RunId
from schemas.post import Post
from services.ingest.revise import PICTURES, CheckRules, MediaState, with_media
from services.policy.plan import plan

RECHECK: Final = "recheck"
AUDIT: Final = "audit"
ANSWER_WITHIN: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Run:
    """Why posts are checked: the rechecks that one change of a register causes, or an audit."""

    trigger: str
    run_id: RunId

    def owns(self, event: Post) -> Post:
        """Return the check as a part of this run."""
        return event.model_copy(
            update={
                "check_id": ids.check_id(event.revision_id, self.trigger, self.run_id),
                "trigger": self.trigger,
                "run_id": self.run_id,
                "deadline": event.observed_at + ANSWER_WITHIN,
            }
        )


@dataclass(frozen=True, slots=True)
class Again:
    """How posts of one account are checked again: `empty_text` is what `text_ref` is for a post without any text."""

    run: Run
    rules: CheckRules
    at: datetime
    empty_text: Digest
    detectors: Collection[str] = DETECTORS

    def check(self, event: Post, media: Mapping[str, MediaState]) -> Post:
        """Return a new check of the revision, by today's policy and registers, with the media that is there now."""
        images = sum(each.kind in PICTURES for each in event.attachments)
        planned = plan(
            self.rules.profile,
            platform=event.platform,
            kind=event.kind,
            images=images,
            has_text=self._has_text(event, images),
            available=self.rules.detectors,
            biometric_basis=self.rules.biometric_basis,
        )
        renewed = event.model_copy(
            update={
                "observed_at": self.at,
                "versions": dict(self.rules.versions),
                "required": tuple(each for each in planned.required if each in self.detectors),
                "excluded": tuple(each for each in planned.excluded if each.detector in self.detectors),
            }
        )
        return with_media(self.run.owns(renewed), media)

    def _has_text(self, event: Post, images: int) -> bool:
        """Tell whether there are words, also in a picture's description: a check only says what they were read for."""
        if event.text_ref not in (None, self.empty_text):
            return True
        planned = {*event.required, *(each.detector for each in event.excluded)}
        return ABUSE in planned or (DETAILS in planned and not images)
