"""The detectors by name; importing this imports none of them: a pod for one needs none of another's libraries."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final, cast

from schemas.categories import ABUSE, DETAILS, FACES
from services.analyze.detectors.detector import Detector
from services.shared.errors import SettingsError

_WHERE: Final[Mapping[str, tuple[str, str]]] = {
    FACES: ("services.analyze.detectors.faces.detector", "FacesDetector"),
    DETAILS: ("services.analyze.detectors.details.detector", "DetailsDetector"),
    ABUSE: ("services.analyze.detectors.abuse.detector", "AbuseDetector"),
}


def detector_type(name: str) -> type[Detector]:
    """Import one detector.

    Raises:
        SettingsError: there is no such detector, or its libraries are not installed.
    """
    if name not in _WHERE:
        raise SettingsError(f"there is no detector {name!r}: choose one of {', '.join(_WHERE)}")
    module, attribute = _WHERE[name]
    try:
        return cast("type[Detector]", getattr(import_module(module), attribute))
    except ModuleNotFoundError as error:
        raise SettingsError(f"detector {name} lacks {error.name}: install schoolgate[{name}]") from error
