"""Cases that wait on the phone, a network that breaks off, an app that is killed: does each arrive, and once?"""

import random
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from os import kill
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType, Error, Page

from benchmarks.phone_app.browser import PHONE, QUIET, WIFI, chromium_path, slow_network
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, kept_cases, open_app

_SEED = 20_261_125
# Bounded in time: more rounds than this, and something does not get through.
_MAX_ROUNDS = 200


@dataclass(frozen=True)
class Arrived:
    """How it ended."""

    asked: int  # Cases on the phone
    kept: int  # Cases at the service
    distinct: int  # Of these, with a receipt on the phone that leads to them
    kills: int  # Of the browser
    cuts: int  # Of the network


def persistent_phone(chromium: BrowserType, profile: Path) -> BrowserContext:
    """A phone that remembers: what is in ``profile`` outlives the browser."""
    context = chromium.launch_persistent_context(
        profile, executable_path=chromium_path(), args=list(QUIET), viewport=PHONE, is_mobile=True, has_touch=True
    )
    context.add_init_script(WIFI)
    return context


def interrupt(chromium: BrowserType, service: Service, photos: Sequence[Path], work: Path) -> Arrived:
    """Ask about every photo without a network, then let them go up through one trouble after another."""
    profile = work / "profile"
    context = persistent_phone(chromium, profile)
    page = context.pages[0]
    open_app(page, service.url)
    get_ready(page)
    context.set_offline(True)
    _ask_all(page, photos)
    context.close()

    chance, kills, cuts = random.Random(_SEED), 0, 0
    for _ in range(_MAX_ROUNDS):
        context = persistent_phone(chromium, profile)
        page = context.pages[0]
        slow_network(page)
        page.goto(service.url)
        page.locator("#app").wait_for()
        time.sleep(chance.uniform(0.2, 3.0))
        if chance.random() < 0.5:
            context.set_offline(True)
            cuts += 1
            time.sleep(chance.uniform(0.1, 1.0))
            context.set_offline(False)
            time.sleep(chance.uniform(0.1, 2.0))
        cases = kept_cases(page)
        if all(one["whereabouts"] == "sent" for one in cases):
            context.close()
            break
        kill_browser(context)
        kills += 1
    receipts = {one["receipt"]["id"] for one in cases if one["receipt"] is not None}
    kept = {case for (case,) in service.rows("SELECT public_id FROM cases WHERE keeps_photos")}
    # Of what was asked, not of what the phone still knows of: what a kill takes off it is lost too.
    return Arrived(len(photos), len(kept), len(receipts & kept), kills, cuts)


def _ask_all(page: Page, photos: Sequence[Path]) -> None:
    for photo in photos:
        page.evaluate("() => { location.hash = '' }")
        choose(page, [photo])
        consent = page.locator("#consent")
        if not consent.is_checked():
            consent.check()
        ask(page)


def kill_browser(context: BrowserContext) -> None:
    """End it without a warning, as a phone does when it needs the memory."""
    browser = context.browser
    session = browser.new_browser_cdp_session() if browser else context.new_cdp_session(context.pages[0])
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    for one in sorted(processes, key=lambda process: process["type"] != "browser"):
        with suppress(ProcessLookupError):
            kill(int(one["id"]), signal.SIGKILL)
    with suppress(Error):
        context.close()
