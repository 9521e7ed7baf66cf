"""Visits of extension workers: each their own, on every phone of theirs, whatever happens to phone and network."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.phone_app.browser import phone
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, go, kept_cases, open_app
from tests.browser.app.steps import (
    Photos,
    add_plant,
    ask_about,
    ask_and_allow,
    in_database,
    sign_in,
    sign_out,
    start_visit,
    wait_until,
)
from tests.browser.app.walked_visits import Arrived, walk_visits

pytestmark = pytest.mark.browser


def stored(service: Service, token: str) -> dict[str, Mapping[str, Any]]:
    """The visits of a worker at the service, by title."""
    rows = service.rows("SELECT v.content FROM visits v WHERE v.worker_id = ?", str(service.worker_id(token)))
    contents = [json.loads(content) for (content,) in rows]
    found = {content["title"]: content for content in contents}
    assert len(found) == len(contents)
    return found


def plots(visit: Mapping[str, Any]) -> set[str]:
    return {entry["plot"] for entry in visit["entries"] if not entry["deleted"]}


def test_two_workers_share_a_phone(page: Page, service: Service, photo: Photos) -> None:
    first, second = service.make_token(), service.make_token()
    page.route("**/v1/visits/**", lambda route: route.abort())
    sign_in(page, first)
    start_visit(page, "North")
    add_plant(page, photo("red"), "A")
    page.locator("[data-field=finding]").select_option("other")
    page.locator(".ticks input").nth(4).check()
    wait_until(page, lambda: kept_cases(page)[0].get("affected") == 4)
    go(page, "visit")
    expect(page.locator("[data-sent=no]")).to_be_visible()
    sign_out(page)
    page.unroute("**/v1/visits/**")
    sign_in(page, second)
    start_visit(page, "South")
    add_plant(page, photo("leaf"), "B")
    go(page, "visit")
    page.locator("[data-sent=yes]").wait_for()
    assert "North" not in page.locator("body").inner_html()
    expect(page.locator(".case, .sheet article")).to_have_count(2)
    page.locator("[data-do=end-visit]").click()
    expect(page.locator("[data-visit]")).to_have_count(1)
    go(page, "answers")
    expect(page.locator(".case")).to_have_count(1)
    assert (stored(service, first), set(stored(service, second))) == ({}, {"South"})
    # What the first worker could not send waited for them, and nobody else has sent it.
    sign_out(page)
    expect(page.locator(".case")).to_have_count(0)
    sign_in(page, first)
    go(page, "visit")
    page.locator("[data-visit] [data-sent=yes]").wait_for()
    (visit,) = stored(service, first).values()
    assert (visit["title"], visit["farmer"], plots(visit)) == ("North", "Farmer of North", {"A"})
    (entry,) = visit["entries"]
    assert (entry["finding"], entry["affected_of_ten"]) == ("other", 4)


def test_a_worker_goes_on_with_another_phone(page: Page, browser: Browser, service: Service, photo: Photos) -> None:
    first = service.make_token()
    sign_in(page, first)
    start_visit(page, "North")
    ask_and_allow(page, photo("red"))
    page.get_by_label("Plot").fill("A")
    page.get_by_label("Plot").blur()
    # The photo and what was typed can arrive one after the other.
    wait_until(page, lambda: any(entry["case"] for one in stored(service, first).values() for entry in one["entries"]))
    wait_until(page, lambda: plots(stored(service, first)["North"]) == {"A"})
    with phone(browser, locale="en") as other:
        there = other.new_page()
        open_app(there, service.url)
        sign_in(there, first)
        go(there, "visit")
        there.get_by_role("button", name="North").click()
        expect(there.locator("[data-elsewhere]")).to_have_count(1)
        expect(there.locator(".sheet img")).to_have_count(0)
        there.locator("details summary").click()
        there.locator("#own-name").fill("N. N.")
        # Whatever arrives meanwhile, what is typed stays.
        there.locator("[data-do=fetch-photos]").dispatch_event("click")
        expect(there.locator(".sheet article > img")).to_have_count(1)
        expect(there.locator("[data-do=fetch-photos]")).to_have_count(0)
        expect(there.locator("#own-name")).to_have_value("N. N.")
        there.locator("[data-elsewhere] a").click()
        expect(there.get_by_label("Plot")).to_have_value("A")
        there.get_by_label("Note").fill("written there")
        there.get_by_label("Note").blur()
        wait_until(there, lambda: stored(service, first)["North"]["entries"][0]["note"] == "written there")
    page.reload()
    wait_until(page, lambda: kept_cases(page)[0]["note"] == "written there")


def test_what_belongs_to_a_visit_stays_there(page: Page, service: Service, photo: Photos) -> None:
    """Notes on a plant whose photo shows no leaf, and a photo that is asked about after the visit has ended."""
    sign_in(page, service.make_token())
    start_visit(page, "North")
    ask_about(page, photo("blue"))
    page.get_by_label("Note").fill("half of the field")
    page.get_by_label("Note").blur()
    wait_until(page, lambda: kept_cases(page)[0]["note"] == "half of the field")
    page.locator("[data-do=better-photo]").tap()
    page.locator(".camera .close").tap()
    assert kept_cases(page)[0]["note"] == "half of the field"
    choose(page, [photo("red")])
    go(page, "visit")
    page.locator("[data-do=end-visit]").click()
    go(page, "")
    ask(page, "bean")
    assert len({(one["visit"], one["owner"]) for one in kept_cases(page)}) == 1
    sign_out(page)
    go(page, "answers")
    expect(page.locator(".case")).to_have_count(0)


def test_visits_of_an_earlier_version_wait_for_their_worker(page: Page, service: Service) -> None:
    visit = {"id": "5e2f1d4c-0000-4000-8000-000000000001", "startedAt": 1_780_000_000_000, "title": "Old farm"}
    in_database(page, "visits", "put", visit)
    token = service.make_token()
    sign_in(page, token)
    go(page, "visit")
    expect(page.locator("[data-visit]")).to_have_count(0)
    assert stored(service, token) == {}
    page.locator("[data-claim]").click()
    page.locator("[data-visit] [data-sent=yes]").wait_for()
    assert set(stored(service, token)) == {"Old farm"}


def test_every_visit_arrives_once_whatever_happens(browser: Browser, service: Service, photo: Photos) -> None:
    """`python -m benchmarks.phone_app visits` walks fifty."""
    arrived = walk_visits(browser, service, photo("red"), visits=5, kills=3)
    well = {"made": 5, "at_office": 5, "twice": 0, "lost": 0, "of_another": 0, "on_next_phone": 5, "kills": 3}
    assert arrived == Arrived(**well, cuts=arrived.cuts)
