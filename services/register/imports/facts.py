"""A school's facts from a JSON or YAML file."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from services.policy.scales import Verdict
from services.register.imports.problems import Problem
from services.register.models import Facts

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]


def _listed(value: object) -> object:
    if value is None:
        return ()
    return [value] if isinstance(value, str) else value


Listed = Annotated[tuple[Words, ...], BeforeValidator(_listed)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
    address: Words = ""
    postcode: Words = ""
    phones: Listed = ()
    emails: Listed = ()
    domains: Listed = ()
    handles: Listed = ()
    hashtags: Listed = ()
    sponsors: Listed = ()
    public_phones: Listed = ()
    policy: Mapping[str, Verdict] = {}


@dataclass(frozen=True)
class ParsedFacts:
    """The facts of a file; None when anything in it is wrong."""

    facts: Facts | None
    problems: tuple[Problem, ...] = ()


def read_facts(data: bytes, *, choices: Collection[str] | None = None) -> ParsedFacts:
    """Read a file of facts.

    `choices` are the names that may stand under `policy`: those that the school's profile leaves open.
    """
    try:
        content = yaml.safe_load(data.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError):
        content = None
    if not isinstance(content, dict):
        return ParsedFacts(None, (Problem(0, "", "not_yaml"),))
    try:
        read = _File.model_validate(content)
    except ValidationError as error:
        return ParsedFacts(None, tuple(_problem(found) for found in error.errors(include_url=False)))
    if choices is not None and set(read.policy) - set(choices):
        return ParsedFacts(None, (Problem(0, "policy", "unknown_choice"),))
    return ParsedFacts(Facts(**read.model_dump()))


def _problem(found: ErrorDetails) -> Problem:
    if found["type"] == "extra_forbidden":
        return Problem(0, "", "unknown_fact")  # its name is not shown: it may be a value in the wrong place
    return Problem(0, str(found["loc"][0]), "wrong_fact")
