"""Every setting of every service, and `docs/settings.md`, which lists them."""

import json
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from services.analyze.settings import AnalyzeSettings
from services.console.settings import ConsoleSettings
from services.ingest.settings import IngestSettings
from services.notify.settings import NotifySettings
from services.sandbox.main import SandboxSettings
from services.shared.settings import Settings, StoreSettings

CLASSES: Final[Mapping[str, type[BaseSettings]]] = {
    "register": StoreSettings,
    "ingest": IngestSettings,
    "faces": AnalyzeSettings,
    "details": AnalyzeSettings,
    "abuse": AnalyzeSettings,
    "notify": NotifySettings,
    "console": ConsoleSettings,
    "observe": Settings,
    "migrate": Settings,
    "sandbox": SandboxSettings,
}
SECTIONS: Final[Mapping[str, type[BaseSettings]]] = {
    "Every service": Settings,
    "Every service but observe": StoreSettings,
    "ingest": IngestSettings,
    "faces, details, abuse": AnalyzeSettings,
    "notify": NotifySettings,
    "console": ConsoleSettings,
    "sandbox": SandboxSettings,
}
INTRODUCTION: Final = """# Settings

Made by `python -m deploy.render` from the services' settings classes: do not edit. A service reads its settings from
the environment when it starts, and refuses to start with one line that names each setting that is missing or wrong.

Lists and maps are JSON. A duration with colons as its default is written so (`6:00:00`, `2 days, 0:00:00`); every other
time is a number of seconds.
"""


@dataclass(frozen=True)
class Setting:
    """One environment variable; `default` is what the page shows, empty when there is none."""

    name: str
    default: str
    meaning: str


def settings_of(settings: type[BaseSettings]) -> Iterator[Setting]:
    """Yield the settings of a class, nested ones by their full names."""
    yield from _fields(settings, str(settings.model_config.get("env_prefix", "")))


def to_markdown() -> str:
    """Return the whole of `docs/settings.md`: each section lists what the sections above it do not."""
    parts = [INTRODUCTION]
    listed: set[str] = set()
    for title, settings in SECTIONS.items():
        new = [setting for setting in settings_of(settings) if setting.name not in listed]
        listed |= {setting.name for setting in new}
        parts.append(f"## {title}\n\n| Setting | Default | Meaning |\n|---|---|---|\n" + "".join(map(_row, new)))
    return "\n".join(parts)


def _fields(model: type[BaseModel], prefix: str, required: str = "**required**") -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        full = prefix + name.upper()
        nested = _model_in(field.annotation)
        if nested is not None:
            optional = field.default is None
            yield from _fields(nested, f"{full}__", f"**required** with any `{full}__`" if optional else required)
        else:
            default = required if field.is_required() else _shown(field.default)
            yield Setting(full, default, field.description or name.replace("_", " "))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _shown(default: Any) -> str:
    if default is PydanticUndefined or default is None:
        return ""
    if isinstance(default, SecretStr):
        return "(secret)" if default.get_secret_value() else ""
    if isinstance(default, tuple):
        return f"`{json.dumps(default)}`"
    return f"`{default}`" if default != "" else ""


def _row(setting: Setting) -> str:
    return f"| `{setting.name}` | {setting.default} | {setting.meaning} |\n"
