"""Asks the detectors at once what they make of a post that is not published yet."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final

import httpx
import structlog
from pydantic import SecretStr, ValidationError

from schemas.analysis import Analysis, Unchecked
from schemas.ids import analysis_id
from schemas.post import Post
from services.shared.clock import Clock, SystemClock

PATH: Final = "/v1/check"
ANSWER_SECONDS: Final = 20.0
NO_ANSWER: Final = "no_answer"
NOT_SAID: Final = "not_said"
COMPLETE: Final = "complete"
WHOLE: Final = "all"
NO_VERSION: Final = "0"
log = structlog.get_logger()


class CheckClient:
    """Knows the detectors by the addresses of their operations ports; they all take the same token."""

    def __init__(
        self,
        urls: Mapping[str, str],
        token: SecretStr,
        http: httpx.AsyncClient,
        clock: Clock | None = None,
        *,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._urls = {detector: url.rstrip("/") + PATH for detector, url in urls.items()}
        self._token = token
        self._http = http
        self._clock = clock or SystemClock()
        self._answer_seconds = answer_seconds

    @property
    def detectors(self) -> tuple[str, ...]:
        """The detectors that can be asked."""
        return tuple(sorted(self._urls))

    async def ask(self, post: Post) -> list[Analysis]:
        """Return the answer of each detector that the check requires.

        One that is late, fails or has no address answers that nothing was checked: silence is never "clean".
        """
        answers = await asyncio.gather(*(self._ask(detector, post) for detector in post.required))
        return [
            answer or unanswered(detector, post, NO_ANSWER, self._clock.now())
            for detector, answer in zip(post.required, answers, strict=True)
        ]

    async def _ask(self, detector: str, post: Post) -> Analysis | None:
        url = self._urls.get(detector)
        if url is None:
            return None
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}", "Content-Type": "application/json"}
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer = await self._http.post(
                    url, content=post.model_dump_json(), headers=headers, timeout=self._answer_seconds
                )
            if answer.status_code != HTTPStatus.OK:
                log.warning("check_refused", detector=detector, status=answer.status_code)
                return None
            analysis = Analysis.model_validate_json(answer.content)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValidationError) as error:
            log.warning("check_not_answered", detector=detector, exc_info=error)
            return None
        if (analysis.check_id, analysis.detector) != (post.check_id, detector):
            log.warning("check_answered_by_another", detector=detector)
            return None
        if analysis.status != COMPLETE and not analysis.unchecked:
            return analysis.model_copy(update={"unchecked": (Unchecked(part=WHOLE, reason=NOT_SAID),)})
        return analysis


def unanswered(detector: str, post: Post, reason: str, at: datetime) -> Analysis:
    """Return the answer of a detector that gave none: it checked nothing, for this reason."""
    return Analysis(
        analysis_id=analysis_id(post.check_id, detector, reason, ""),
        check_id=post.check_id,
        trigger=post.trigger,
        school_id=post.school_id,
        account_id=post.account_id,
        post_id=post.post_id,
        revision_id=post.revision_id,
        revision_no=post.revision_no,
        detector=detector,
        detector_version=NO_VERSION,
        status="unchecked",
        unchecked=(Unchecked(part=WHOLE, reason=reason),),
        analysed_at=at,
    )
