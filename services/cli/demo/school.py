"""Puts the invented school into the register, the way a real school gets there: its exports are imported."""

from datetime import UTC, datetime

from pydantic import SecretStr

from services.policy.load import load_profile
from services.register.imports.files import import_files
from services.register.models import FaceMatching, School
from services.register.reads import RegisterReader
from services.register.writes import RegisterWriter
from services.sandbox.school import DATA, load_school
from services.sandbox.store import Store
from services.shared.content_store import open_content_store
from services.shared.database import Database
from services.shared.errors import SchoolgateError
from services.shared.settings import StoreSettings

ESTABLISHMENT = "sandbox"
PROFILE = "sandbox"
PLATFORMS = ("x", "facebook", "instagram")
LEAD = "lead@larkhollow.example"


async def enrol_school(settings: StoreSettings, token: str) -> School:
    """Add the sandbox's school with its people, users and accounts; a second time changes nothing but the token.

    Raises:
        SchoolgateError: its own files were refused, which a test prevents.
    """
    keyring = open_content_store(settings).keyring
    database = Database("register", settings.database_for("register"))
    try:
        writer, reader = RegisterWriter(database, keyring), RegisterReader(database, keyring)
        invented = load_school()
        documents = FaceMatching(
            dpia_reference="SANDBOX-DPIA-1", dpo_opinion="agreed", consulted_on=datetime(2026, 1, 12, tzinfo=UTC).date()
        )
        school = await writer.add_school(ESTABLISHMENT, invented.name, profile=PROFILE, face_matching=documents)
        report = await import_files(
            writer,
            school,
            today=datetime.now(UTC).date(),
            pupils=(DATA / "pupils.csv").read_bytes(),
            staff=(DATA / "staff.csv").read_bytes(),
            facts=(DATA / "school.yaml").read_bytes(),
        )
        if not report.complete:
            raise SchoolgateError(f"the sandbox's own files were refused: {report.lines()[0]}")
        for platform, official in Store(invented).accounts.items():
            if platform in PLATFORMS:
                await writer.add_account(
                    school.school_id, platform, official.id, handle=official.handle, token=SecretStr(token)
                )
        known = {user.email for user in await reader.users(school.school_id)}
        for role, title in load_profile(PROFILE).roles.items():
            address = LEAD if role == "online_safety_lead" else f"{role.replace('_', '-')}@larkhollow.example"
            if address not in known:
                await writer.add_user(school.school_id, title, address, (role,))
    finally:
        await database.close()
    return school
