"""Stand-in portraits of two pupils without photo consent: free sample images that come inside installed libraries."""

from importlib.resources import as_file, files
from typing import Final

from PIL import Image

PORTRAITS: Final = {
    "2470": ("skimage", "data/astronaut.png", (110, 10, 330, 280)),
    "2494": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", (90, 60, 450, 500)),
}
"""By admission number: the package, the image in it, and the box (left, top, right, bottom) around the head."""


def portrait(admission_no: str) -> Image.Image:
    """Return the whole stand-in photograph of a pupil (RGB), fit for enrolment; KeyError for any other pupil."""
    package, path, _ = PORTRAITS[admission_no]
    with as_file(files(package).joinpath(path)) as file, Image.open(file) as image:
        return image.convert("RGB")


def head(admission_no: str, width: int) -> Image.Image:
    """Return the head from the stand-in photograph, scaled to `width` pixels."""
    box = PORTRAITS[admission_no][2]
    cut = portrait(admission_no).crop(box)
    return cut.resize((width, round(width * cut.height / cut.width)), Image.Resampling.LANCZOS)
