"""Chromium as a cheap phone: a small screen, a slow processor, a slow network, a camera that sees a leaf."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

# Nothing but the page is to be loaded, from nowhere but this machine.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
SLOWDOWN = 4
# Chromium on a desk does not say how it is connected, and then the app asks before it downloads megabytes.
WIFI = "Object.defineProperty(navigator, 'connection', { value: { type: 'wifi' }, configurable: true })"
# A process runs on for a moment before it stops; with this, fixed work takes at least SLOWDOWN times as long.
_STRICTER = 1.07
# A phone's own scheduler works in slices of this size.
_SLICE_S = 0.004
# What Chromium's own tools call "fast 3G": a round trip in milliseconds, bytes per second down and up.
FAST_3G = {"latency": 562.5, "downloadThroughput": 1.44e6 / 8, "uploadThroughput": 0.675e6 / 8}


def chromium_path() -> str:
    """Chromium without its own windows and menus where it is there, which takes less of the processor."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("chromium is not installed")
    return found


@contextmanager
def launch(*flags: str) -> Iterator[Browser]:
    """A browser with an empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET, *flags])
        yield browser
        browser.close()


def phone(browser: Browser, **options: object) -> BrowserContext:
    settings: dict[str, object] = {"viewport": PHONE, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
    context = browser.new_context(**(settings | options))  # type: ignore[arg-type]
    context.add_init_script(WIFI)
    return context


def slow_network(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **FAST_3G})


def renderers(browser: Browser) -> list[int]:
    """Processes that run pages and their workers."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [int(process["id"]) for process in processes if process["type"] == "renderer"]


@contextmanager
def slow_processor(pids: Sequence[int]) -> Iterator[None]:
    """Let processes run in every so-manieth slice only.

    Chromium's own emulation slows a page's main thread and leaves its workers, where the network runs, as fast as ever.
    """
    command = [sys.executable, "-m", "benchmarks.phone_app.brake", str(SLOWDOWN * _STRICTER), str(_SLICE_S)]
    command += map(str, pids)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as brake:  # noqa: S603
        try:
            if brake.stdout is not None:
                brake.stdout.readline()
            yield
        finally:
            # Its end of input is its end.
            brake.communicate()
    for pid in pids:
        # It may have ended since.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
