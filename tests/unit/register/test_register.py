"""Schools, accounts, users and versions."""

from contextlib import nullcontext

import pytest
from pydantic import SecretStr

from schemas.post import RegisterVersions
from services.register.models import FaceMatching, Roster
from services.shared.errors import InputRejected
from tests.support.register import DOCUMENTS, Register


async def test_a_school_is_known_by_its_number(register: Register) -> None:
    school = await register.school()
    renamed = await register.writer.add_school("999001", "Larkhollow Academy", profile="rosewood")
    assert renamed.school_id == school.school_id
    assert await register.reader.schools() == (renamed,)
    assert (await register.reader.school(school.school_id)).face_matching == FaceMatching()


async def test_the_documents_for_face_matching_are_kept(register: Register) -> None:
    school = await register.school()
    assert (await register.reader.school(school.school_id)).face_matching == DOCUMENTS


async def test_an_account_keeps_its_token_sealed(register: Register) -> None:
    school = await register.school()
    account = await register.writer.add_account(school.school_id, "x", "4711", handle="@Lark", token=SecretStr("first"))
    assert await register.reader.accounts() == (account,)
    assert (await register.reader.token(account.account_id)).get_secret_value() == "first"
    await register.writer.add_account(school.school_id, "x", "4711", handle="@Lark", token=SecretStr("second"))
    assert await register.reader.accounts() == (account,)
    assert (await register.reader.token(account.account_id)).get_secret_value() == "second"

    await register.writer.remove_account(account.account_id)
    assert await register.reader.accounts() == ()
    with pytest.raises(InputRejected, match="no such account"):
        await register.reader.token(account.account_id)


async def test_a_trusts_account_is_checked_against_its_schools_until_others_are_named(register: Register) -> None:
    school, other = await register.school(), await register.school(number="999002")
    trust = await register.writer.add_school("999000", "Lark Trust", profile="sandbox", kind="trust")

    async def checked_against(*schools: str) -> tuple[str, ...]:
        account = await register.writer.add_account(
            trust.school_id, "x", "4711", handle="@Lark", token=SecretStr("t"), checked_against=schools
        )
        assert await register.reader.accounts() == (account,)
        return account.checked_against

    assert await checked_against() == (trust.school_id,)
    assert await checked_against(other.school_id, trust.school_id) == (trust.school_id, other.school_id)
    assert await checked_against(school.school_id, school.school_id) == (trust.school_id, school.school_id)
    assert await checked_against() == (trust.school_id, school.school_id), "a new token changes nothing else"
    with pytest.raises(InputRejected, match="no such school"):
        await checked_against("sch-0000000000000000")


async def test_a_school_never_sees_findings_about_another_schools_pupils(register: Register) -> None:
    school, other = await register.school(), await register.school(number="999002")
    with pytest.raises(InputRejected, match="only the account of a trust"):
        await register.writer.add_account(
            school.school_id, "x", "1", handle="@a", token=SecretStr("t"), checked_against=[other.school_id]
        )
    assert await register.reader.accounts() == ()


async def test_a_trust_stays_one_while_its_accounts_are_checked_against_schools(register: Register) -> None:
    school = await register.school()
    trust = await register.writer.add_school("999000", "Lark Trust", profile="sandbox", kind="trust")
    for against, kind in ((school.school_id, "trust"), (trust.school_id, "school")):
        await register.writer.add_account(
            trust.school_id, "x", "4711", handle="@Lark", token=SecretStr("t"), checked_against=[against]
        )
        refused = pytest.raises(InputRejected, match="checked against other") if kind == "trust" else nullcontext()
        with refused:
            await register.writer.add_school("999000", "Lark Trust", profile="sandbox")
        assert (await register.reader.school(trust.school_id)).kind == kind


async def test_a_school_is_of_a_known_kind(register: Register) -> None:
    with pytest.raises(InputRejected, match="school or trust"):
        await register.writer.add_school("999000", "Lark Trust", profile="sandbox", kind="federation")


async def test_what_belongs_to_no_school_is_refused(register: Register) -> None:
    nowhere = "sch-0000000000000000"
    with pytest.raises(InputRejected, match="no such school"):
        await register.reader.school(nowhere)
    with pytest.raises(InputRejected, match="no such school"):
        await register.writer.add_account(nowhere, "x", "1", handle="@a", token=SecretStr("t"))
    with pytest.raises(InputRejected, match="no such school"):
        await register.writer.add_user(nowhere, "Ada Finch", "ada@larkhollow.example", ["dsl"])
    with pytest.raises(InputRejected, match="no such school"):
        await register.writer.import_people(nowhere, staff=[])
    assert await register.reader.versions(nowhere) == RegisterVersions()
    assert (await register.reader.roster(nowhere)).pupils == ()


async def test_recipients_hold_one_of_the_roles(register: Register) -> None:
    school = await register.school()
    lead = await register.writer.add_user(
        school.school_id, "Ada Finch", " Ada@Larkhollow.example ", ["online_safety_lead", "dsl"]
    )
    head = await register.writer.add_user(school.school_id, "Ben Wren", "ben@larkhollow.example", ["headteacher"])
    assert lead.email == "ada@larkhollow.example"
    assert await register.reader.recipients(school.school_id, ("dsl", "dpo")) == (lead,)
    assert await register.reader.recipients(school.school_id, ("headteacher", "dsl")) == (lead, head)
    assert await register.reader.recipients(school.school_id, ()) == ()

    await register.writer.set_roles(head.user_id, ["dpo"])
    await register.writer.remove_user(lead.user_id)
    (left,) = await register.reader.recipients(school.school_id, ("dsl", "dpo"))
    assert left.user_id == head.user_id


@pytest.mark.parametrize(
    "email",
    [
        *("", "ada", "ada@", "@larkhollow.example", "a@b@c", "ada@[x", "ada@larkhollow..example"),
        *(f"ada{between}ben@larkhollow.example" for between in (" ", ",", "\n", "\0")),
    ],
)
async def test_an_address_that_is_none_is_refused(register: Register, email: str) -> None:
    school = await register.school()
    with pytest.raises(InputRejected, match="name@domain"):
        await register.writer.add_user(school.school_id, "Ada Finch", email, ["dsl"])


async def test_an_address_belongs_to_one_user(register: Register) -> None:
    school = await register.school()
    await register.writer.add_user(school.school_id, "Ada Finch", "ada@larkhollow.example", ["dsl"])
    with pytest.raises(InputRejected, match="already"):
        await register.writer.add_user(school.school_id, "Ada Wren", "ADA@larkhollow.example", ["dpo"])


async def test_versions_rise_with_what_they_stand_for(register: Register) -> None:
    school = await register.school()
    first = await register.reader.versions(school.school_id)
    await register.writer.add_account(school.school_id, "x", "1", handle="@a", token=SecretStr("t"))
    second = await register.reader.versions(school.school_id)
    await register.writer.add_user(school.school_id, "Ada Finch", "ada@larkhollow.example", ["dsl"])
    assert (second.profile, second.roster, second.gallery) == (first.profile + 1, first.roster, first.gallery)
    assert await register.reader.versions(school.school_id) == second


async def test_a_school_without_people_has_an_empty_roster(register: Register) -> None:
    school = await register.school()
    roster = await register.reader.roster(school.school_id)
    assert isinstance(roster, Roster)
    assert (roster.pupils, roster.staff, roster.facts.name) == ((), (), "")
