"""Enrols the sandbox's two stand-in pupils in the gallery: their consents on record first, as the law asks."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

from services.analyze.detectors.faces.enrol import enrol_pupil
from services.analyze.detectors.faces.recognise import Recogniser
from services.register.gallery import Gallery
from services.register.models import EnrolmentConsent, School
from services.register.reads import RegisterReader
from services.sandbox.pictures.portraits import PORTRAITS, portrait
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.errors import SchoolgateError
from services.shared.settings import StoreSettings

JPEG_QUALITY = 92


async def enrol_portraits(settings: StoreSettings, school: School) -> None:
    """Enrol each stand-in from its photograph, unless a template is there.

    Raises:
        SchoolgateError: a photograph was refused, which a test prevents.
    """
    keyring = open_content_store(settings).keyring
    database = Database("register", settings.database_for("register"))
    try:
        gallery = Gallery(database, keyring, SystemClock())
        if len(await gallery.entries(school.school_id)) == len(PORTRAITS):
            return
        roster = await RegisterReader(database, keyring).roster(school.school_id)
        refs = {pupil.admission_no: pupil.ref for pupil in roster.pupils}
        told = (datetime.now(UTC) - timedelta(days=30)).date()
        await gallery.record_consents(
            school.school_id,
            [EnrolmentConsent(number, told, "a parent", told, False, False) for number in PORTRAITS],  # noqa: FBT003  # no objections
        )
        recogniser = Recogniser()
        for number in PORTRAITS:
            report = await enrol_pupil(gallery, school.school_id, refs[number], [jpeg(number)], recogniser)
            if report.entry is None:
                raise SchoolgateError(f"a stand-in portrait was refused: {report.photos[0].problem}")
    finally:
        await database.close()


def jpeg(admission_no: str) -> bytes:
    """Return the stand-in photograph of a pupil as a file."""
    buffer = BytesIO()
    portrait(admission_no).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
