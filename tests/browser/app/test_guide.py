"""What is known of every crop is on the phone, also of crops that the model has not learned."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, get_ready, name_crop, open_app
from tests.browser.app.steps import go_offline, only_case

pytestmark = pytest.mark.browser

CROPS = 28


def test_leaflet_of_a_crop_that_the_model_lacks_is_three_taps_away_without_a_network(
    page: Page, service: Service
) -> None:
    names = set()
    # The last one is there without a network.
    for language in ("ar", "bn", "en", "es", "fr", "hi", "pt", "sw"):
        open_app(page, service.url, language=language)
        page.locator(".tabs a[href='#guide']").tap()
        expect(page.locator(".guide.crops [data-crop]")).to_have_count(CROPS)
        names.add(page.locator("label[for=wanted]").inner_text())
    assert len(names) == 8
    page.goto(f"{service.url}/")
    get_ready(page)
    go_offline(page)
    page.locator(".tabs a[href='#guide']").tap()
    page.locator("[data-crop=rice]").tap()
    assert violations(page) == []
    page.locator("[data-condition='rice.blast']").tap()
    expect(page.locator("[data-advice='rice.blast'] .today li").first).to_be_visible()
    assert violations(page) == []


def test_guide_finds_crops_and_conditions_by_their_names(page: Page) -> None:
    get_ready(page)
    page.locator(".tabs a[href='#guide']").tap()
    page.locator("#wanted").fill("BLAST")
    expect(page.locator("[data-crop]")).to_have_count(0)
    expect(page.locator("[data-condition='rice.blast']")).to_be_visible()
    page.locator("#wanted").fill("xyz")
    expect(page.locator("main [role=status]").last).not_to_be_empty()


def test_a_crop_that_is_not_learned_leads_to_its_guide_and_no_list_of_other_crops(
    page: Page, photo: Callable[[str], FilePayload]
) -> None:
    get_ready(page)
    choose(page, [photo("red")])
    name_crop(page, "rice")
    to_rice = page.locator("[data-do=guide][href='#guide/rice']")
    expect(to_rice).to_be_visible()
    ask(page)
    expect(page.locator(".answer.unknown_plant")).to_be_visible()
    expect(page.locator(".candidates")).to_have_count(0)
    assert only_case(page)["crop"] == "rice", "experts see no crop"
    expect(page.locator("[data-expert=asked]")).to_have_count(0)
    to_rice.tap()
    expect(page.locator("[data-condition='rice.blast']")).to_be_visible()
    # Asked about last, it stands first.
    page.go_back()
    page.locator(".tabs a[href='#guide']").tap()
    expect(page.locator("[data-crop]").first).to_have_attribute("data-crop", "rice")


def test_a_leaf_of_such_a_crop_that_is_shared_is_asked_about(page: Page, photo: Callable[[str], FilePayload]) -> None:
    get_ready(page)
    choose(page, [photo("red")])
    name_crop(page, "rice")
    page.locator("#consent").check()
    ask(page)
    expect(page.locator("[data-expert=asked]")).to_be_visible()
