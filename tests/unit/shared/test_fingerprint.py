"""The same text and the same picture, as people see them."""

import pytest

from services.shared.fingerprint import as_read, differing_bits, text_ref
from tests.support.events import SCHOOL
from tests.support.ingest import memory_store

APPROVED = "Well done to our netball team! 🏆 More on our website: https://school.example/news"


@pytest.mark.parametrize(
    "live",
    [
        APPROVED,
        f"{APPROVED} https://t.co/Ab12Cd",
        f"{APPROVED}\nhttps://t.co/Ab12Cd https://t.co/Zz9",
        APPROVED.replace(" ", "\u200b "),
        f"  {APPROVED}\r\n",
        APPROVED.replace(" to our", "\nto  our"),
    ],
)
def test_what_a_platform_adds_makes_no_difference(live: str) -> None:
    assert as_read(live) == as_read(APPROVED)


@pytest.mark.parametrize(
    "live",
    [
        "Well done to our netball team",
        APPROVED.replace("netball", "Netball"),
        APPROVED.replace("!", "."),
        "",
        APPROVED[:-1],
    ],
)
def test_one_letter_or_mark_does(live: str) -> None:
    assert as_read(live) != as_read(APPROVED)


async def test_the_digest_is_the_schools_own() -> None:
    keyring = memory_store().keyring
    mine, other = await text_ref(keyring, SCHOOL, APPROVED), await text_ref(keyring, "sch-0000000000000001", APPROVED)
    assert mine == await text_ref(keyring, SCHOOL, f"{APPROVED} https://t.co/Ab12Cd")
    assert mine != other


def test_bits() -> None:
    assert differing_bits("00ff", "00ff") == 0
    assert differing_bits("00ff", "01fe") == 2
