"""Read a profile from its YAML file; whatever is wrong with it is said in one line that names file and key."""

from collections.abc import Hashable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from services.policy.consistency import problems
from services.policy.profile import Profile
from services.policy.scales import VERDICTS
from services.shared.errors import SettingsError
from services.shared.paths import POLICIES

SHOWN = 3


def load_profile(name: str, folder: Path = POLICIES) -> Profile:
    """Load `<folder>/<name>.yaml`; a profile is read from disk once in a process.

    Raises:
        SettingsError: there is no such profile, or it is wrong; names the file and the key.
    """
    return _load(name, folder)


def profile_names(folder: Path = POLICIES) -> tuple[str, ...]:
    """Return the names of the profiles in the folder."""
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def choose(profile: Profile, choices: Mapping[str, str]) -> Profile:
    """Return the profile with a school's own choices, where the profile leaves one.

    Raises:
        SettingsError: the profile leaves no such choice, or what was chosen is no verdict.
    """
    unknown = sorted(set(choices) - set(profile.choices))
    if unknown:
        raise SettingsError(f"profile {profile.version}: leaves no choice {unknown[0]}; {_offer(profile)}")
    for name, verdict in choices.items():
        if verdict not in VERDICTS:
            raise SettingsError(f"profile {profile.version}: {name} is to be one of {', '.join(VERDICTS)}")
    return profile.model_copy(update={"choices": {**profile.choices, **choices}})


@cache
def _load(name: str, folder: Path) -> Profile:
    path = folder / f"{name}.yaml"
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeys)  # noqa: S506  # derives from SafeLoader
    except FileNotFoundError:
        known = ", ".join(profile_names(folder)) or "none"
        raise SettingsError(f"there is no profile {name}; there are: {known}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"profile {path.name}: is not YAML: {_where(error)}") from None
    try:
        profile = Profile.model_validate(data)
    except ValidationError as error:
        raise SettingsError(f"profile {path.name}: {_wrong_keys(error)}") from None
    found = problems(profile)
    if found:
        raise SettingsError(f"profile {path.name}: {_some(found)}")
    return profile


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  # the base class's signature
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(problem=f"{key} stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _where(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return "cannot be read"


def _wrong_keys(error: ValidationError) -> str:
    return _some(
        [
            f"{'.'.join(str(part) for part in problem['loc']) or 'the file'}: "
            + problem["msg"].removeprefix("Value error, ")
            for problem in error.errors(include_url=False, include_context=False)
        ]
    )


def _some(found: list[str]) -> str:
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return "; ".join(found[:SHOWN]) + more


def _offer(profile: Profile) -> str:
    return f"it leaves: {', '.join(sorted(profile.choices))}" if profile.choices else "it leaves none"
