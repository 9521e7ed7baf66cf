"""Every screen of the review desk, in a language written from the left and one from the right, and pictures of some.

python -m tests.browser.desk_screens [docs/screenshots]

The leaves are drawn and the bundle is the tests' own: no photograph leaves the machine with them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import Browser, FilePayload, Page
from sqlalchemy import Engine

from benchmarks.phone_app.browser import PHONE
from majani.decision.diagnoser import Diagnoser
from majani.model.bundle import write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.persistence.engine import connect
from serving.persistence.review_record import NewReview, ReviewVerdict, wanted_at_first
from serving.persistence.reviews import Reviews
from serving.teach.repository import Refits, RefitState
from tests.browser.album import EACH_ONCE, LIGHT, Way, each_page, write_album
from tests.drawn_leaf import DOUBTFUL, HEALTHY, RUST, Look, drawn_leaf
from tests.picture_files import encoded
from tests.serving.live import serve
from tests.tiny_bundle import tiny_bundle
from tests.tiny_references import write_tiny_references

# What teaching brought, as ``majani-train adapt --summary`` writes it.
TAUGHT: dict[str, Any] = {
    "version": "2026-02-03-kitui",
    "decision": "promote",
    "why": "better",
    "worse": [],
    "verdict": {"learned": 4},
    "crops": [
        {
            **{"crop": "bean", "n": 30, "named": 19, "right": 18},
            "unnamed": [{"condition": "bean.rust", "length": 2}, {"condition": "bean.red_mite", "length": 0}],
        }
    ],
    "conditions": [
        {"condition": one, "n": 30, "named": 19, "right": 18, "named_before": 7, "right_before": 6}
        for one in ("bean.rust", "all")
    ],
    "confusions": [["bean.rust", "bean.healthy", 3], ["bean.red_mite", "bean.red_mite", 9]],
    "doubtful": [["photos/gone.jpg", "bean.rust", "bean.red_mite"]],
    "left_out": [["photos/gone.jpg", "blurred"]],
    "strangers": [3, 20],
}
_SEASON = timedelta(days=180)


@dataclass(frozen=True)
class Desk:
    """A running service with people at its desk."""

    url: str
    engine: Engine
    token: str

    def make_token(self, role: Role = Role.EXTENSION, name: str = "desk 2") -> str:
        return AccessTokens(self.engine).create(name, role, _SEASON)

    def send(self, *leaves: Look, seed: int = 0, **fields: str) -> dict[str, Any]:
        """A case that may be kept, with a photo of each of these leaves."""
        photos = [
            ("photo", (f"{number}.jpg", leaf_photo(colour, spots, seed + number)))
            for number, (colour, spots) in enumerate(leaves)
        ]
        answer = requests.post(
            f"{self.url}/v1/diagnoses", files=photos, data={"consent": "photos", **fields}, timeout=30
        )
        answer.raise_for_status()
        created: dict[str, Any] = answer.json()
        return created

    def judge(self, case: dict[str, Any], **feedback: str) -> None:
        """What its sender thinks of an answer."""
        own = {"Authorization": f"Bearer {case['token']}"}
        url = f"{self.url}/v1/diagnoses/{case['id']}/feedback"
        requests.put(url, json=feedback, headers=own, timeout=30).raise_for_status()


@cache
def leaf_photo(colour: tuple[int, int, int], spots: int, seed: int) -> bytes:
    """To draw a leaf takes longer than to answer it."""
    return encoded(drawn_leaf(colour, spots=spots, seed=seed))


@contextmanager
def run_desk(work: Path) -> Iterator[Desk]:
    """Start the service with the tests' bundle and known photos, in front of an empty database."""
    write_bundle(tiny_bundle(), work / "bundle")
    references = write_tiny_references(work / "references", Diagnoser.from_directory(work / "bundle"))
    url = f"sqlite:///{work / 'majani.sqlite3'}"
    kept = {"database_url": url, "photos_url": work / "photos", "references_dir": references}
    with serve(work / "bundle", log=work / "log", **kept) as server:
        engine = connect(url)
        token = AccessTokens(engine).create("Kisumu", Role.AGRONOMIST, _SEASON)
        # Browsers trust this name like an encrypted connection.
        yield Desk(f"http://localhost:{server.port}", engine, token)
        engine.dispose()


def fill(desk: Desk) -> None:
    """Cases for the queue, each worth a look for another reason, and enough reviews to tell agreement."""
    desk.judge(desk.send(RUST, seed=1), verdict="wrong", condition="bean.angular_leaf_spot")
    desk.send(HEALTHY, RUST, seed=2)
    desk.send(DOUBTFUL, seed=3, crop="bean")
    desk.send(RUST, seed=4)
    desk.send(HEALTHY, seed=5)
    review_twice(desk, cases=24)


def review_twice(desk: Desk, *, cases: int) -> None:
    """So many cases of the sample, each seen by the same two, who do not always agree."""
    tokens, reviews = AccessTokens(desk.engine), Reviews(desk.engine)
    pair = [tokens.find(desk.make_token(name=name)).id for name in ("Busia", "Siaya")]
    rust, healthy = (NewReview(ReviewVerdict.CONDITION, f"bean.{name}") for name in ("rust", "healthy"))
    other = NewReview(ReviewVerdict.CONDITION, "bean.angular_leaf_spot")
    made = 0
    while made < cases:
        case = desk.send(RUST, seed=100 + made)["id"]
        said = (healthy, healthy) if made % 3 == 0 else (rust, other) if made % 7 == 0 else (rust, rust)
        for reviewer, review in zip(pair, said, strict=True):
            reviews.save(case, reviewer, review)
        made += wanted_at_first(case) == 2


def sign_in(page: Page, desk: Desk, *, language: str = "en", token: str | None = None) -> None:
    """Open the desk and type the access token."""
    page.goto(f"{desk.url}/desk?language={language}")
    page.locator("#token").fill(token or desk.token)
    page.keyboard.press("Enter")
    # The page where one signs in has a heading too.
    page.locator(".sign-out").wait_for()
    page.wait_for_load_state()


def show_heatmaps(page: Page) -> None:
    """Have shown where on the leaf it was seen."""
    page.locator("#heat").check()
    # Fetched only now.
    page.wait_for_function("() => [...document.querySelectorAll('.heat')].every(one => one.naturalWidth > 0)")


def screens(page: Page, desk: Desk, language: str) -> Iterator[str]:
    """Bring one screen after another onto the page; yields the name of each while it is there."""
    page.goto(f"{desk.url}/desk?language={language}")
    yield "sign_in"
    page.locator("#token").fill("majani_mistyped")
    page.keyboard.press("Enter")
    page.locator("[role=alert]").wait_for()
    yield "refused"
    sign_in(page, desk, language=language)
    yield "queue"
    page.locator(".queue a").first.click()
    page.locator("form.review[data-settled]").wait_for()
    yield "case"
    show_heatmaps(page)
    yield "case_heatmap"
    page.locator("button[value=other]").click()
    page.locator("[role=alert]").wait_for()
    page.locator("form.review[data-settled]").wait_for()
    yield "case_unsaid"
    page.locator("button[value=bad_photo]").click()
    page.locator(".saved").wait_for()
    yield "saved"
    page.locator(".saved a").click()
    page.locator(".own").wait_for()
    yield "case_reviewed"
    page.goto(f"{desk.url}/desk/agreement")
    yield "agreement"
    yield from _teach(page, desk, f"Kitui {language} {(page.viewport_size or PHONE)['width']}")
    page.goto(f"{desk.url}/desk/nowhere")
    yield "problem"


def _teach(page: Page, desk: Desk, district: str) -> Iterator[str]:
    page.goto(f"{desk.url}/desk/teach?district={district}")
    yield "teach"
    photo = FilePayload(name="1.jpg", mimeType="image/jpeg", buffer=leaf_photo(*RUST, 80))
    page.locator("#photos").set_input_files(photo)
    page.locator("#upload").click()
    page.locator("[data-added]").wait_for()
    yield "teach_labels"
    page.locator("#label").click()
    page.locator("#condition").wait_for()
    yield "teach_label"
    page.locator("#condition").fill("bean red mite")
    page.locator("button[data-key=s]").click()
    page.locator("#material tr[data-label]").wait_for()
    refits = Refits(desk.engine)
    refits.ask(district, 1)
    page.goto(f"{desk.url}/desk/teach?district={district}")
    page.locator("#progress").wait_for()
    yield "teach_waits"
    refit = refits.claim()
    if refit is None:
        raise RuntimeError("another refit is worked on")
    refits.end(refit, RefitState.DONE, TAUGHT)
    page.goto(f"{desk.url}/desk/teach?district={district}")
    page.locator("#brings").wait_for()
    yield "teach_result"


def walk(browser: Browser, desk: Desk, look: Callable[[Page, str], None], ways: Sequence[Way] = EACH_ONCE) -> None:
    """Look at every screen in each of these ways."""
    for page, language, seen_as in each_page(browser, ways):
        for name in screens(page, desk, language):
            page.wait_for_load_state()
            look(page, f"{seen_as}_desk_{name}")


def _take(page: Page, file: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file, type="jpeg", quality=60, full_page=True)


def _walk_all(browser: Browser, work: Path, look: Callable[[Page, str], None]) -> None:
    with run_desk(work) as desk:
        fill(desk)
        walk(browser, desk, look, LIGHT)


if __name__ == "__main__":
    write_album("python -m tests.browser.desk_screens", __doc__, _walk_all, _take)
