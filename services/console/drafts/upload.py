"""The form with which a draft comes: a caption, an account, pictures with their descriptions. It stays in memory."""

import asyncio
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from fastapi import HTTPException, Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from services.console.drafts.check import LARGEST_PICTURE, MOST_PICTURES, DraftPicture
from services.console.security.forms import FIELD
from services.console.security.headers import LONGEST_BODY

LONGEST_UPLOAD: Final = MOST_PICTURES * LARGEST_PICTURE + LONGEST_BODY
"""Bytes of the whole form."""
LONGEST_READING: Final = 600.0
"""Seconds: nobody holds the room of others for longer by sending nothing more."""
NUMBERS: Final = range(1, MOST_PICTURES + 1)


@dataclass(frozen=True)
class Upload:
    """What was filled in; `descriptions` by the number of the picture, also of those without one."""

    form_proof: str = ""
    account_id: str = ""
    caption: str = ""
    pictures: tuple[DraftPicture, ...] = ()
    descriptions: dict[int, str] = field(default_factory=dict)


class _InMemory(MultiPartParser):
    """Writes nothing to a temporary file, where a picture of a pupil would lie in the clear."""

    spool_max_size = LONGEST_UPLOAD


async def read_upload(request: Request) -> Upload:
    """Read the form; the limit for the whole of it holds already.

    Raises:
        HTTPException: it is no such form, or it did not come to its end in time.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    parser = _InMemory(
        request.headers,
        request.stream(),
        max_files=MOST_PICTURES,
        max_fields=MOST_PICTURES + 3,  # a description each; the account, the caption, the proof
        max_part_size=LONGEST_BODY,
    )
    try:
        async with asyncio.timeout(LONGEST_READING):
            form = await parser.parse()
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
    except (MultiPartException, FormParserError) as error:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error
    try:
        return await _filled_in(form)
    finally:
        await form.close()


async def _filled_in(form: FormData) -> Upload:
    descriptions = {number: _text(form, f"description-{number}") for number in NUMBERS}
    pictures = []
    for number in NUMBERS:
        file = form.get(f"picture-{number}")
        if isinstance(file, UploadFile) and file.size:  # a browser sends an empty file where none was chosen
            pictures.append(DraftPicture(await file.read(), descriptions[number]))
    return Upload(
        form_proof=_text(form, FIELD),
        account_id=_text(form, "account"),
        caption=_text(form, "caption").replace("\r\n", "\n"),  # as platforms keep it
        pictures=tuple(pictures),
        descriptions=descriptions,
    )


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
