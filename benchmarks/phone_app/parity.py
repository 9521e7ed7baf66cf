"""The same photos to the service and to the phone: do they say the same?"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.harness.asking import ask_json
from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.walk import diagnose, ready_page


@dataclass(frozen=True)
class Pair:
    """What the service and the phone said of one photo."""

    photo: Path
    service: dict[str, Any]
    device: dict[str, Any]

    @property
    def agrees(self) -> bool:
        """Whether outcome and likeliest condition, or crop where that is not clear, are the same."""
        return self._words(self.service) == self._words(self.device)

    @property
    def difference(self) -> float:
        """Of the likeliest one's probability; 0 where no photo was good enough to look at."""
        said, on_device = (self._ranked(one) for one in (self.service, self.device))
        if not said or not on_device:
            return 0.0
        likeliest = next(iter(said))
        return abs(said[likeliest] - on_device.get(likeliest, 0.0))

    def _words(self, diagnosis: dict[str, Any]) -> tuple[str, str | None]:
        return diagnosis["outcome"], next(iter(self._ranked(diagnosis)), None)

    @staticmethod
    def _ranked(diagnosis: dict[str, Any]) -> dict[str, float]:
        return {one["id"]: float(one["probability"]) for one in diagnosis["ranked"] or diagnosis["crops"]}


def pairs(browser: Browser, url: str, photos: Sequence[Path]) -> list[Pair]:
    """Ask both about every photo."""
    context = phone(browser)
    try:
        page = ready_page(context, url)
        answers = [diagnose(page, photo) for photo in photos]
    finally:
        context.close()
    port = int(url.rpartition(":")[2])
    asked = [ask_json(port, "POST", "/v1/diagnoses", photo.read_bytes()) for photo in photos]
    return [Pair(photo, service, device) for photo, (_, service), device in zip(photos, asked, answers, strict=True)]


def agreement(found: Sequence[Pair]) -> tuple[float, float]:
    """Share that agrees, and the median difference of probabilities."""
    return sum(one.agrees for one in found) / len(found), statistics.median(one.difference for one in found)
