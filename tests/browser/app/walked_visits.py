"""Two workers on one phone that is offline, cut off, killed and lost: does each visit arrive, once, with its owner?"""

import json
import random
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Error, FilePayload, Route, expect

from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import go, ready_page
from tests.browser.app.steps import add_plant, sign_in, sign_out, start_visit

_SEED = 20_261_127
_MOST_MS = 120_000


@dataclass(frozen=True)
class Arrived:
    """How it ended."""

    made: int  # Visits on the phone
    at_office: int  # Of these, with their plant at the service
    twice: int  # Visits at the service beyond one of each
    lost: int  # Made, and not at the service with their plant
    of_another: int  # At the service under the other worker
    on_next_phone: int  # Shown to their owner on the phone that came after the lost one
    kills: int  # Of the app
    cuts: int  # Of the network


class _Phone:
    """A phone of its own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._url = url
        self.context = phone(browser, locale="en")
        self.page = ready_page(self.context, url)

    def kill(self, *, is_offline: bool, trouble: random.Random | None = None) -> None:
        """End the app in the middle of whatever it does, and open it anew; requests then meet ``trouble``."""
        self.page.close()
        self.context.unroute_all(behavior="ignoreErrors")
        self.context.set_offline(is_offline)
        if trouble is not None:
            self.context.route("**/v1/visits/**", lambda route: _lose(route, trouble))
        self.page = self.context.new_page()
        self.page.goto(f"{self._url}/#visit")
        self.page.locator("#app").wait_for()


def _lose(route: Route, chance: random.Random) -> None:
    """Lose some requests before the service has them, and some answers after."""
    luck = chance.random()
    # The phone may be killed meanwhile.
    with suppress(Error):
        if luck < 0.4:
            route.abort()
        elif luck < 0.7:
            route.fetch()
            route.abort()
        else:
            route.continue_()


def walk_visits(browser: Browser, service: Service, photo: Path | FilePayload, *, visits: int, kills: int) -> Arrived:
    """Make visits offline and let them go up, with as many kills by chance; then the phone is lost."""
    chance = random.Random(_SEED)
    tokens = [service.make_token(), service.make_token()]
    titles = [[f"Farm {number}" for number in range(worker, visits, 2)] for worker in (0, 1)]
    killed_after = set(chance.sample(range(visits), kills // 2))
    mobile, cuts = _Phone(browser, service.url), 0
    for worker, token in enumerate(tokens):
        sign_in(mobile.page, token)
        mobile.context.set_offline(True)
        for title in titles[worker]:
            _make(mobile, title, photo, is_killed=int(title.split()[1]) in killed_after)
        if worker == 0:
            # Before the second can sign in, some of the first one's visits may be sent.
            sign_out(mobile.page)
            mobile.context.set_offline(False)
    # The second worker has the phone now, then the first.
    rest = kills - len(killed_after)
    for worker, share in ((1, rest // 2), (0, rest - rest // 2)):
        if worker == 0:
            sign_in(mobile.page, tokens[worker])
        for _ in range(share):
            mobile.kill(is_offline=False, trouble=chance)
            mobile.page.wait_for_timeout(chance.uniform(50, 1500))
            if chance.random() < 0.5:
                mobile.context.set_offline(True)
                mobile.page.wait_for_timeout(chance.uniform(50, 500))
                cuts += 1
        mobile.context.set_offline(False)
        mobile.context.unroute_all(behavior="ignoreErrors")
        go(mobile.page, "visit")
        _wait_for(mobile, "[data-visit] [data-sent=yes]", len(titles[worker]))
        sign_out(mobile.page)
    mobile.context.close()
    ids = [service.worker_id(token) for token in tokens]
    on_next_phone = _find(browser, service, tokens, titles)
    owners = {title: owner for owner, own in zip(ids, titles, strict=True) for title in own}
    rows = service.rows("SELECT worker_id, content FROM visits WHERE worker_id IN (?, ?)", *map(str, ids))
    sent = [(owner, json.loads(content)) for owner, content in rows]
    whole = {one["title"] for _, one in sent if [entry["plot"] for entry in one["entries"]] == [_plot_of(one["title"])]}
    return Arrived(
        made=visits,
        at_office=len(whole),
        twice=len(sent) - len({one["title"] for _, one in sent}),
        lost=len(owners.keys() - whole),
        of_another=sum(owners[one["title"]] != owner for owner, one in sent),
        on_next_phone=on_next_phone,
        kills=kills,
        cuts=cuts,
    )


def _plot_of(title: str) -> str:
    """The one plant's plot."""
    return f"field of {title}"


def _make(mobile: _Phone, title: str, photo: Path | FilePayload, *, is_killed: bool) -> None:
    start_visit(mobile.page, title)
    add_plant(mobile.page, photo, _plot_of(title))
    go(mobile.page, "visit")
    mobile.page.locator(".case .written").get_by_text(_plot_of(title)).wait_for()
    if is_killed:
        mobile.kill(is_offline=True)
    mobile.page.locator("[data-do=end-visit]").click()
    mobile.page.locator("[data-do=start-visit]").wait_for()


def _find(browser: Browser, service: Service, tokens: list[str], titles: list[list[str]]) -> int:
    """Visits that their workers see on a new phone, with new tokens, because those of the lost phone are revoked."""
    mobile, found = _Phone(browser, service.url), 0
    for token, own in zip(tokens, titles, strict=True):
        sign_in(mobile.page, service.replace_token(token))
        go(mobile.page, "visit")
        _wait_for(mobile, "[data-visit]", len(own))
        texts = mobile.page.locator("[data-visit]").all_inner_texts()
        found += sum(any(text.startswith(f"{title}, ") for text in texts) for title in own)
        sign_out(mobile.page)
    mobile.context.close()
    return found


def _wait_for(mobile: _Phone, selector: str, count: int) -> None:
    """As long as may help; what is missing then is counted."""
    with suppress(AssertionError):
        expect(mobile.page.locator(selector)).to_have_count(count, timeout=_MOST_MS)
