"""Scenes made of shapes: each function draws one picture on a fresh canvas, the same one every time."""

import random
from pathlib import Path
from typing import Final

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

SIZE: Final = (1280, 960)
INK: Final = "#24303c"


def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which matplotlib ships, in this size."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size)


def garden(season: int) -> Image.Image:
    """Draw raised beds under a sky, without people; each season has its own colours and flowers."""
    image, draw = _canvas(("#9fd3f2", "#f3c98b", "#c6d4e1", "#bfe3ee")[season % 4])
    rng = random.Random(season)  # noqa: S311 - a drawing
    draw.ellipse((1010, 70, 1130, 190), fill="#ffe9a3")
    draw.polygon([(0, 520), (320, 400), (700, 500), (1280, 380), (1280, 620), (0, 620)], fill="#7fae6d")
    draw.rectangle((0, 600, 1280, 960), fill=("#8fc06f", "#b8995a", "#a9b89c", "#86bd6a")[season % 4])
    for left in (120, 500, 880):
        draw.rectangle((left, 690, left + 290, 850), fill="#7a5236", outline=INK, width=4)
        for _ in range(26):
            x, y = left + rng.randrange(20, 270), rng.randrange(620, 760)
            draw.line((x, y, x, 790), fill="#3f7d3a", width=5)
            draw.ellipse(
                (x - 14, y - 14, x + 14, y + 14), fill=rng.choice(("#d9534f", "#f0ad4e", "#8e6bbf", "#f7f3e3"))
            )
    return image


def playing_field() -> Image.Image:
    """Draw an empty pitch with goals."""
    image, draw = _canvas("#b5dcf0")
    for stripe in range(8):
        draw.rectangle((0, 460 + stripe * 64, 1280, 524 + stripe * 64), fill=("#6fae5c", "#7dbb69")[stripe % 2])
    for left in (90, 950):
        draw.rectangle((left, 400, left + 240, 560), outline="white", width=8)
    draw.ellipse((540, 620, 740, 720), outline="white", width=6)
    return image


def library() -> Image.Image:
    """Draw shelves of books."""
    image, draw = _canvas("#efe4d0")
    rng = random.Random(7)  # noqa: S311 - a drawing
    for shelf in range(4):
        floor = 250 + shelf * 210
        draw.rectangle((60, floor, 1220, floor + 18), fill="#8a5a33")
        x = 80
        for _ in range(32):
            width, height = rng.randrange(18, 42), rng.randrange(110, 170)
            colour = rng.choice(("#b5484a", "#3f6e9a", "#d8a13b", "#5c8a5a", "#7b5a8c", "#d9d2c4"))
            draw.rectangle((x, floor - height, x + width, floor), fill=colour, outline=INK)
            x += width + 4
    return image


def whiteboard(lines: tuple[str, ...]) -> Image.Image:
    """Draw a classroom whiteboard with these lines on it."""
    image, draw = _canvas("#d8cdbb")
    draw.rectangle((90, 90, 1190, 800), fill="#fbfcfc", outline="#9aa3a8", width=16)
    for row, line in enumerate(lines):
        draw.text((150, 150 + row * 110), line, font=font(54), fill=("#1f4e8c", "#24303c")[row > 0])
    draw.rectangle((420, 800, 860, 826), fill="#9aa3a8")
    return image


def certificate(school: str, awarded_to: str, reason: str) -> Image.Image:
    """Draw a certificate; the recipient's line stays empty when `awarded_to` is."""
    image, draw = _canvas("#fdf8e8")
    for inset, width in ((30, 10), (56, 3)):
        draw.rectangle((inset, inset, 1280 - inset, 960 - inset), outline="#a8863b", width=width)
    for y, text, size, bold in (
        (140, school, 40, False),
        (250, "Certificate of Achievement", 64, True),
        (390, "awarded to", 36, False),
        (480, awarded_to, 68, True),
        (640, reason, 38, False),
    ):
        draw.text((640, y), text, font=font(size, bold=bold), fill=INK, anchor="mm")
    draw.line((300, 540, 980, 540), fill=INK, width=3)
    draw.ellipse((560, 730, 720, 890), fill="#c0392b")
    draw.text((640, 810), "★", font=font(90), fill="#fdf8e8", anchor="mm")
    return image


def display_wall(photograph: Image.Image, caption: str) -> Image.Image:
    """Draw a classroom wall with pupils' paintings around one framed photograph (pasted at its own size)."""
    image, draw = _canvas("#e9dfc8")
    draw.rectangle((0, 760, 1280, 960), fill="#b98d5e")
    for left, colour in ((70, "#f28b82"), (950, "#81c995")):
        draw.rectangle((left, 150, left + 260, 350), fill="white", outline=INK, width=4)
        draw.ellipse((left + 60, 190, left + 200, 310), fill=colour)
        draw.rectangle((left, 420, left + 260, 620), fill="white", outline=INK, width=4)
        draw.polygon([(left + 130, 440), (left + 30, 600), (left + 230, 600)], fill="#fdd663")
    left, top = (1280 - photograph.width) // 2, 120
    frame = (left - 26, top - 26, left + photograph.width + 26, top + photograph.height + 26)
    draw.rectangle(frame, fill="#fffdf6", outline="#5b3a1e", width=10)
    image.paste(photograph, (left, top))
    draw.text((640, frame[3] + 60), caption, font=font(44, bold=True), fill=INK, anchor="mm")
    return image


def _canvas(colour: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", SIZE, colour)
    return image, ImageDraw.Draw(image)
