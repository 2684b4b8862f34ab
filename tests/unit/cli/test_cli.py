"""What a person at the terminal sees: one clear line for everything that is wrong, and what to do."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from services.cli.run_all import _say
from services.sandbox.pictures.portraits import portrait
from services.sandbox.school import DATA
from tests.support.sandbox import TOKEN, running_sandbox
from tests.unit.cli.conftest import Run

HEADER = (
    "upn,admission_no,legal_forename,preferred_forename,surname,year,form,dob,address,postcode,"
    "photo_consent,name_consent\n"
)


@contextmanager
def sandbox_in_a_thread() -> Iterator[tuple[str, str]]:
    """A sandbox beside the command, which runs a loop of its own; gives its address and the school's id on X."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = running_sandbox()
    try:
        server = asyncio.run_coroutine_threadsafe(running.__aenter__(), loop).result()
        yield server.base_url, server.store.accounts["x"].id
        asyncio.run_coroutine_threadsafe(running.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def one_line(text: str) -> str:
    (line,) = text.strip().splitlines()
    return line


def test_a_schools_own_exports_go_in_and_a_second_time_change_nothing(school: Run) -> None:
    files = (
        "--pupils",
        str(DATA / "pupils.csv"),
        "--staff",
        str(DATA / "staff.csv"),
        "--facts",
        str(DATA / "school.yaml"),
    )
    status, output, _ = school("register", "import", "100001", *files)
    assert status == 0
    assert "pupils: 119 added, 0 changed, 0 unchanged, 0 left, 0 refused" in output
    status, output, _ = school("register", "import", "100001", *files)
    assert "pupils: 0 added, 0 changed, 119 unchanged, 0 left, 0 refused" in output


def test_refused_rows_are_named_by_line_and_column_without_their_values(school: Run, tmp_path: Path) -> None:
    export = tmp_path / "pupils.csv"
    export.write_text(
        HEADER
        + ",1001,Robin,,Example,4,4M,2017-02-31,1 Lane,LN1 1AA,yes,no\n"
        + ",1002,Sam,,Sample,4,4M,,1 Lane,LN1 1AA,perhaps,no\n",
        encoding="utf-8",
    )
    status, output, _ = school("register", "import", "100001", "--pupils", str(export))
    assert status == 2
    assert "line 2" in output
    assert "dob" in output
    assert "line 3" in output
    assert "photo_consent" in output
    for secret in ("Robin", "Example", "2017-02-31", "Sam"):
        assert secret not in output


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("run", "nothing"), "schoolgate: there is no service 'nothing': choose one of register, ingest, "),
        (("register", "import", "100001"), "schoolgate: nothing to import: give --pupils, --staff or --facts"),
        (
            ("register", "school", "2", "--name", "X", "--profile", "missing"),
            "schoolgate: there is no profile missing; there are: rosewood, sandbox",
        ),
        (
            ("register", "user", "100001", "--name", "A", "--email", "a@b.example", "--role", "king"),
            "schoolgate: there is no role king; the school's profile has online_safety_lead, ",
        ),
        (
            ("register", "user", "999", "--name", "A", "--email", "a@b.example", "--role", "dsl"),
            "schoolgate: there is no such school in the register",
        ),
        (("lag",), "schoolgate: Kafka at 127.0.0.1:1 does not answer"),
    ],
)
def test_what_is_refused_is_one_line(school: Run, arguments: tuple[str, ...], line: str) -> None:
    status, _, errors = school(*arguments)
    assert status == 2
    assert one_line(errors).startswith(line)


def test_an_unmigrated_database_is_named_with_what_to_do(schoolgate: Run) -> None:
    status, _, errors = schoolgate("register", "import", "1", "--staff", str(DATA / "staff.csv"))
    assert (status, one_line(errors)) == (
        2,
        "schoolgate: database register is not up to date: run `schoolgate db upgrade`",
    )


def test_a_user_gets_a_link_to_set_a_password(school: Run) -> None:
    user = ("register", "user", "100001", "--name", "A", "--email", "A@b.example", "--role", "dsl")
    assert school(*user)[0] == 0
    link = ("register", "setup-link", "100001", "--console-url", "https://console.example/")
    status, output, _ = school(*link, "--email", "a@b.example")
    assert status == 0
    assert output.startswith("https://console.example/setup/")
    status, _, errors = school(*link, "--email", "c@b.example")
    assert (status, "no user of this school" in one_line(errors)) == (2, True)


def test_an_empty_token_is_refused_and_a_good_one_is_not_shown(school: Run, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("\n", encoding="utf-8")
    account = ("register", "account", "100001", "--platform", "x", "--platform-id", "12", "--handle", "@school")
    status, _, errors = school(*account, "--token-file", str(token))
    assert (status, "the token file is empty" in one_line(errors)) == (2, True)
    token.write_text("s3cret\n", encoding="utf-8")
    status, output, _ = school(*account, "--token-file", str(token))
    assert status == 0
    assert "s3cret" not in output


def test_doctor_says_what_is_wrong_and_how_to_mend_it(school: Run) -> None:
    status, output, _ = school("doctor", "--no-detectors")
    assert status == 1
    lines = output.splitlines()
    assert "right  settings: complete" in lines
    assert "right  databases: all answer and are up to date" in lines
    assert "right  content store: can be written and read" in lines
    assert any(
        line.startswith("wrong  Kafka: Kafka at 127.0.0.1:1 does not answer: check SCHOOLGATE_KAFKA__")
        for line in lines
    )
    assert any(line.startswith("wrong  accounts: nothing is watched: add one with") for line in lines)


def test_doctor_names_the_account_whose_token_the_platform_refuses(
    school: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("withdrawn", encoding="utf-8")
    account = ("register", "account", "100001", "--platform", "x", "--handle", "@LarkhollowPri")
    with sandbox_in_a_thread() as (address, platform_id):
        monkeypatch.setenv("SCHOOLGATE_X_BASE_URL", address)
        school(*account, "--platform-id", platform_id, "--token-file", str(token))
        _, output, _ = school("doctor", "--no-detectors")
        (line,) = [line for line in output.splitlines() if "tokens:" in line]
        assert line.startswith("wrong  tokens: x account acc-")
        assert line.endswith("give it a token with `schoolgate register account`")
        assert "withdrawn" not in output
        token.write_text(TOKEN, encoding="utf-8")
        school(*account, "--platform-id", platform_id, "--token-file", str(token))
        assert "right  tokens: the platforms accept them" in school("doctor", "--no-detectors")[1]


def test_doctor_names_a_missing_setting(schoolgate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCHOOLGATE_MASTER_KEY")
    status, output, _ = schoolgate("doctor")
    assert (status, one_line(output)) == (1, "wrong  settings: SCHOOLGATE_MASTER_KEY: is not set")


def test_doctor_names_what_to_install_to_the_last_letter(school: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.cli.doctor.find_spec", lambda _: None)
    assert "wrong  detector faces: not installed here: install schoolgate[faces]" in school("doctor")[1]


def test_a_line_of_a_process_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    _say(Console(highlight=False, soft_wrap=True), "faces", "no such file: [/usr/lib] [red]")
    assert capsys.readouterr().out == "faces: no such file: [/usr/lib] [red]\n"


def test_scanning_comments_gives_a_line_each(schoolgate: Run, tmp_path: Path) -> None:
    comments = tmp_path / "comments.jsonl"
    comments.write_text(
        json.dumps({"id": "1", "text": "Ms Kettlewell is a useless idiot"})
        + "\n\n"
        + json.dumps({"id": "2", "text": "What a lovely assembly, thank you"})
        + "\n",
        encoding="utf-8",
    )
    status, output, _ = schoolgate("scan", "abuse", "--input", str(comments))
    assert status == 0
    first, second = (json.loads(line) for line in output.splitlines())
    assert (first["id"], first["abusive"], second["id"], second["abusive"]) == ("1", True, "2", False)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("{", "schoolgate: comments.jsonl line 1 is not a JSON object"),
        ('{"id": "1"}', "schoolgate: comments.jsonl line 1 has no text at 'text'"),
    ],
)
def test_a_bad_input_file_is_named_by_line(schoolgate: Run, tmp_path: Path, content: str, line: str) -> None:
    comments = tmp_path / "comments.jsonl"
    comments.write_text(content, encoding="utf-8")
    status, _, errors = schoolgate("scan", "abuse", "--input", str(comments))
    assert (status, one_line(errors)) == (2, line)


CONSENT_HEADER = (
    "admission_no,parents_notified_on,written_consent_by,written_consent_on,parent_objection,child_objection\n"
)


def stand_in(folder: Path, admission_no: str) -> Path:
    path = folder / f"{admission_no}.png"
    portrait(admission_no).save(path)
    return path


def test_enrolment_needs_the_documents_the_consent_and_a_usable_photo(school: Run, tmp_path: Path) -> None:
    school("register", "import", "100001", "--pupils", str(DATA / "pupils.csv"))
    photo = str(stand_in(tmp_path, "2470"))
    enrol = ("gallery", "enrol", "100001", "--pupil", "2470", photo)
    status, _, errors = school(*enrol)
    assert status == 2
    assert "may not be enrolled" in one_line(errors)

    documents = ("--dpia-reference", "D-1", "--dpo-opinion", "agreed", "--consulted-on", "2026-01-12")
    school("register", "school", "100001", "--name", "Larkhollow", "--profile", "sandbox", *documents)
    status, _, errors = school(*enrol)
    assert status == 2
    assert "nothing is recorded about this pupil's enrolment" in one_line(errors)

    consents = tmp_path / "consents.csv"
    consents.write_text(CONSENT_HEADER + "2470,2026-01-15,a parent,2026-01-20,no,no\n", encoding="utf-8")
    assert school("gallery", "consents", "100001", str(consents))[:2] == (
        0,
        "1 recorded, 0 belong to no pupil of the register\n",
    )

    landscape = tmp_path / "landscape.png"
    Image.new("RGB", (640, 480), "green").save(landscape)
    status, output, _ = school("gallery", "enrol", "100001", "--pupil", "2470", str(landscape))
    assert status == 2
    assert "landscape.png: not used: no face can be seen" in output

    status, output, _ = school(*enrol)
    assert status == 0
    assert "from 1 photos" in output
    _, listed, _ = school("gallery", "list", "100001")
    assert "2470" in listed
    assert "Robyn" not in listed
    assert school("gallery", "remove", "100001", "--pupil", "2470")[1] == "1 removed\n"
    assert "0 enrolled" in school("gallery", "list", "100001")[1]
