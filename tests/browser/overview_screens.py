"""Pictures of the overview and the monthly report, in two languages that run in two directions.

python -m tests.browser.overview_screens [docs/screenshots]

All cases are made up.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from majani.model.bundle import write_bundle
from serving.access.role import Role
from serving.access.tokens import AccessTokens
from serving.cli.store import count
from serving.persistence.engine import connect
from serving.settings import Settings
from tests.browser.album import EACH_ONCE, LIGHT, Way, each_page, write_album
from tests.browser.desk_screens import Desk, sign_in
from tests.serving.live import serve
from tests.serving.made_up_cases import SECOND_MODEL, MadeUp, add, season
from tests.serving.review.reviewed import review
from tests.tiny_bundle import tiny_bundle

CONDITIONS = [
    "bean.healthy",
    "maize.healthy",
    "bean.rust",
    "maize.common_rust",
    "tomato.late_blight",
    "bean.angular_leaf_spot",
    "tomato.healthy",
]
NEAR_KISUMU = (-0.1, 34.8)


@contextmanager
def run_overview(work: Path) -> Iterator[Desk]:
    """Start the service in front of a season of cases."""
    write_bundle(tiny_bundle(), work / "bundle")
    url = f"sqlite:///{work / 'majani.sqlite3'}"
    with serve(work / "bundle", log=work / "log", database_url=url) as server:
        engine = connect(url)
        fill(engine)
        token = AccessTokens(engine).create("district office", Role.AGRONOMIST, timedelta(days=180))
        # Browsers trust this name like an encrypted connection.
        yield Desk(f"http://localhost:{server.port}", engine, token)
        engine.dispose()


def fill(engine: Engine) -> None:
    """Twelve weeks of two models; rust that spreads; experts."""
    now = datetime.now(UTC)
    usual = [
        MadeUp(now - timedelta(days=7 * week + 2), condition, place=NEAR_KISUMU)
        for week in range(6, 10)
        for condition in ("bean.rust", *["bean.healthy"] * 9)
    ]
    before = season(900, CONDITIONS, until=now - timedelta(days=45), days=40, seed=1)
    after = season(1100, CONDITIONS, until=now, days=45, seed=2, model_version=SECOND_MODEL)
    add(engine, [*usual, *before])
    latest = add(engine, sorted(after, key=lambda case: case.created_at))
    last_sunday = now - timedelta(days=now.weekday() + 1)
    spreading = MadeUp(last_sunday, "bean.rust", place=NEAR_KISUMU, model_version=SECOND_MODEL)
    add(engine, [spreading] * 23)
    for number in latest[::29]:
        review(engine, number, ("condition", "bean.rust"))
    count(engine, Settings())


def walk(browser: Browser, desk: Desk, look: Callable[[Page, str], None], ways: Sequence[Way] = EACH_ONCE) -> None:
    """Look at every page in each of these ways."""
    for page, language, seen_as in each_page(browser, ways):
        sign_in(page, desk, language=language)
        for name in ("overview", "report"):
            page.goto(f"{desk.url}/desk/{name}?language={language}")
            look(page, f"{seen_as}_desk_{name}")
            for details in page.locator("details").all():
                details.locator("summary").click()
            look(page, f"{seen_as}_desk_{name}_opened")


def _take(page: Page, file: Path) -> None:
    page.screenshot(path=file, type="jpeg", quality=60)


def _walk_all(browser: Browser, work: Path, look: Callable[[Page, str], None]) -> None:
    with run_overview(work) as desk:
        walk(browser, desk, look, LIGHT)


if __name__ == "__main__":
    write_album("python -m tests.browser.overview_screens", __doc__, _walk_all, _take)
