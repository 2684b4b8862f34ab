"""What a school publishes of itself and what everybody may know: no finding."""

import re
from dataclasses import dataclass
from typing import Final

from services.analyze.detectors.details.folding import fold, key_of
from services.register.models import Facts

HELPLINES: Final = frozenset(
    {
        "08001111",  # Childline
        "116123",  # Samaritans
        "116000",  # missing people
        "111", "999", "112", "101", "105", "119",
        "08088005000",  # NSPCC
        "08082000247",  # domestic abuse
        "08000684141",  # for young people who think of suicide
        "08088010677",  # eating disorders
    }
)  # fmt: skip
_NOT_DIGITS: Final = re.compile(r"\D")


@dataclass(frozen=True)
class AllowList:
    """Normalised phone numbers, addresses, domains and so on that may stand in a post."""

    phones: frozenset[str]
    emails: frozenset[str]
    domains: tuple[str, ...]
    tags: frozenset[str]
    postcodes: frozenset[str]
    phrases: tuple[str, ...]

    @classmethod
    def of(cls, facts: Facts) -> "AllowList":
        """Take what a school's facts name."""
        phrases = {fold(phrase).text.lower().strip() for phrase in (facts.name, facts.address, *facts.sponsors)}
        return cls(
            phones=frozenset(national_number(phone) for phone in (*facts.phones, *facts.public_phones)) | HELPLINES,
            emails=frozenset(email.lower() for email in facts.emails),
            domains=tuple(domain.lower().removeprefix("www.") for domain in facts.domains),
            tags=frozenset(key_of(tag) for tag in (*facts.handles, *facts.hashtags)),
            postcodes=frozenset({key_of(facts.postcode)} - {""}),
            phrases=tuple(sorted(phrases - {""}, key=lambda phrase: (-len(phrase), phrase))),
        )

    def has_email(self, email: str) -> bool:
        """Tell whether an address is the school's, or at one of its domains."""
        domain = email.rpartition("@")[2]
        return email in self.emails or any(domain == own or domain.endswith(f".{own}") for own in self.domains)

    def masked(self, lower: str) -> str:
        """Blank the names of the school, its sponsors and its address, so that no pupil is seen in them."""
        for phrase in self.phrases:
            lower = lower.replace(phrase, " " * len(phrase))
        return lower


def national_number(phone: str) -> str:
    """Return the digits of a phone number as dialled inside the country."""
    digits = _NOT_DIGITS.sub("", phone.replace("(0)", ""))
    for code in ("0044", "44"):
        if digits.startswith(code) and len(digits) > len(code) + 8:
            return "0" + digits.removeprefix(code).removeprefix("0")
    return digits
