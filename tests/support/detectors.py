"""Detectors that do what a test needs; they run in the engine's child."""

import os
import signal
import time
from typing import Any

from schemas.analysis import Span
from services.analyze.detectors.detector import Detection, DetectorInfo, FindingDraft, Material, RegisterSnapshot


class Unsendable(Exception):
    """Cannot be made again from its arguments, so that it is lost between two processes."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(one + other)


class WordDetector:
    """Reports `insult` where the text holds its word; `crash`, `hang`, `gorge`, `fail` and `linger` do as they say.

    `hoard` fills the memory for good, `odd` fails with something that cannot be sent.
    """

    info = DetectorInfo(name="abuse", version="1.0.0", model_version="words-1")

    def __init__(self) -> None:
        self.hoard: list[bytearray] = []

    def index(self, register: RegisterSnapshot) -> Any:
        return f"index of version {register.versions.roster}"

    def detect(self, material: Material, index: Any) -> Detection:
        text = material.content.text
        if "crash" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in text:
            time.sleep(600)
        if "linger" in text:
            time.sleep(0.1)
        if "gorge" in text:
            bytearray(64 * 2**30)
        while "hoard" in text:
            self.hoard.append(bytearray(2**24))
        if "odd" in text:
            raise Unsendable("odd", "text")
        if "fail" in text:
            raise ZeroDivisionError
        if "dunce" not in text:
            return Detection()
        start = text.index("dunce")
        span = Span(part="text", start=start, end=start + 5)
        facts = {"index": str(index).replace(" ", "_")}
        draft = FindingDraft("insult", 0.9, "words.dunce", "text", "dunce", spans=(span,), facts=facts)
        return Detection(findings=(draft,))


def broken() -> WordDetector:
    raise FileNotFoundError("the model is missing")
