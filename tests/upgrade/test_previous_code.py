"""The previous release's code runs on this release's databases: pods of both run side by side while one is rolled out.

Its own tests say whether it does: they are run in its own tree, over the migrations of this one.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.shared.migrations import OWNERS
from services.shared.paths import ROOT
from tests.upgrade.release import RELEASES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
WITHOUT_MIGRATIONS = "await connection.run_sync(metadata.create_all)"
WITH_MIGRATIONS = "pass\n    from services.shared.migrations import upgrade\n    await upgrade(database)"


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


@pytest.fixture
def previous(tmp_path: Path) -> Path:
    """The previous release's tree with this release's migrations."""
    commit = list(RELEASES.values())[-1]
    archive = git("archive", "--format=tar", commit)
    if archive.returncode != 0:
        pytest.skip("needs the project's history: `git fetch --unshallow`")
    tree = tmp_path / "previous"
    tree.mkdir()
    subprocess.run(["tar", "-x", "-C", tree], input=archive.stdout, check=True)
    for owner in OWNERS:
        shutil.copytree(
            ROOT / "services" / owner / "migrations", tree / "services" / owner / "migrations", dirs_exist_ok=True
        )
    ingest = tree / "tests" / "support" / "ingest.py"
    text = ingest.read_text(encoding="utf-8")
    assert WITHOUT_MIGRATIONS in text
    ingest.write_text(text.replace(WITHOUT_MIGRATIONS, WITH_MIGRATIONS), encoding="utf-8")
    return tree


@pytest.mark.parametrize(
    "tests",
    [
        "casebook/test_audit_log.py casebook/test_cases.py",
        "notify/test_intake.py notify/test_privacy.py",
        "ingest/test_poll.py ingest/test_media.py",
        "register/test_register.py register/test_gallery.py register/test_users.py register/test_import_files.py",
        "console/test_queue.py console/test_case_page.py console/test_case_actions.py",
    ],
)
def test_the_previous_release_passes_its_own_tests_on_the_new_schema(previous: Path, tests: str) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not postgres"]
    command += ["-W", "ignore::pytest.PytestUnraisableExceptionWarning"]  # what its tests leave open is not asked here
    ran = subprocess.run(
        [*command, *(f"tests/unit/{name}" for name in tests.split())],
        cwd=previous,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert " passed" in ran.stdout
