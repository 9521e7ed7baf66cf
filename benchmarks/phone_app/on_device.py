"""How long the phone takes for an answer of its own, on a processor four times as slow as this one."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.phone_app.browser import phone, renderers, slow_processor
from benchmarks.phone_app.walk import get_ready, open_app

# From the moment at which the camera hands the photo over.
_TAKEN_MS = """
() => {
  const at = name => performance.getEntriesByName(name).at(-1).startTime;
  return at("majani-answer") - at("majani-photo");
}
"""
# Presses as soon as the page lets a person. A test's own clicks take half a second on a slow page.
_PRESS = """
() => {
  const press = () => {
    const crop = document.querySelector(".tiles input");
    const ask = document.querySelector("#ask:enabled");
    if (crop !== null && crop.checked && ask !== null) return ask.click();
    if (crop !== null && !crop.checked) crop.click();
    requestAnimationFrame(press);
  };
  press();
}
"""
# Fixed work, to see how much slower the processor really is.
_SPIN_MS = """
() => {
  const began = performance.now();
  let sum = 0;
  for (let at = 0; at < 3e7; at++) sum = (sum * 31 + at) % 65521;
  return performance.now() - began + (sum < 0 ? 1 : 0);
}
"""
SPINS = 7


def answer_seconds(browser: Browser, url: str, photos: Sequence[Path]) -> tuple[list[float], float]:
    """Seconds from each photo to its answer, and how many times slower the processor was meanwhile."""
    context = phone(browser)
    try:
        page = context.new_page()
        open_app(page, url)
        get_ready(page)
        _answer(page, photos[0])
        fast_ms = statistics.median(page.evaluate(_SPIN_MS) for _ in range(SPINS))
        with slow_processor(renderers(browser)):
            slow_ms = statistics.median(page.evaluate(_SPIN_MS) for _ in range(SPINS))
            taken = [_answer(page, photo) for photo in photos]
        return taken, slow_ms / fast_ms
    finally:
        context.close()


def _answer(page: Page, photo: Path) -> float:
    page.evaluate("() => { location.hash = '' }")
    page.evaluate(_PRESS)
    page.locator("#choose").set_input_files(photo)
    page.wait_for_function("() => performance.getEntriesByName('majani-answer').length > 0")
    taken: Any = page.evaluate(_TAKEN_MS)
    page.evaluate("() => performance.clearMarks()")
    return float(taken) / 1000
