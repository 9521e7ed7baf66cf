"""The answer on a small phone: what it may be comes first, beside the leaf in the hand, and nothing is long."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.phone_app.browser import PHONE
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, go
from benchmarks.serving_speed.server import ROOT
from serving.i18n.texts import read_yaml
from tests.browser.app.steps import Photos, ask_about, box_of, only_case, run_app
from tests.browser.app.test_follow_up import CHANGE
from tests.tiny_bundle import OTHER_TROUBLE, tiny_bundle_with_lists

pytestmark = pytest.mark.browser

RUST, SPOT, HEALTHY = "bean.rust", "bean.angular_leaf_spot", "bean.healthy"
NAMES = read_yaml(ROOT / "data/languages/en/names.yaml")["conditions"]
# At most, in English; controls are what is touched beside photos.
SCREENS, CONTROLS = 1.5, 7

MEASURED = """
() => {
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  const bottoms = shown(".beside .picture").map((one) => one.getBoundingClientRect().bottom);
  return {
    controls: shown("main :is(button, a, summary)").filter((one) => !one.matches(".picture, .guide a")).length,
    height: document.documentElement.scrollHeight,
    photos: bottoms.length === 0 ? null : Math.max(...bottoms),
    bar: document.querySelector(".tabs").getBoundingClientRect().top,
    text: document.querySelector("main").innerText,
  };
}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_app(tmp_path_factory.mktemp("answer"), tiny_bundle_with_lists()) as running:
        yield running


def test_the_names_are_the_question_that_a_reply_settles(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="bean")
    headline = page.locator("main h1")
    expect(headline).to_contain_text(NAMES[RUST]["name"])
    expect(headline).to_contain_text(NAMES[SPOT]["name"])
    expect(page.locator(".answer [data-said=program]")).to_be_visible()
    check(page)
    # The own leaf beside those of the first; the other at a touch.
    expect(page.locator(".beside > .own img")).to_be_visible()
    expect(page.locator(".beside .swiped img")).to_have_count(2)
    others = page.locator(".candidates > li")
    assert conditions(others) == [SPOT]
    expect(page.locator("[data-said=else]")).to_contain_text(OTHER_TROUBLE.name)
    # A number is behind "How sure?".
    assert "%" not in page.evaluate(MEASURED)["text"]
    expect(page.locator(".confidence")).not_to_be_visible()
    question, today = page.locator(f"[data-question='{RUST} {SPOT}']"), page.locator(".today")
    assert box_of(question)["y"] < box_of(today)["y"]
    question.locator("[data-reply=no]").click()
    expect(headline).to_contain_text(NAMES[SPOT]["name"])
    expect(headline).not_to_contain_text(NAMES[RUST]["name"])
    assert conditions(others) == [RUST]
    check(page)
    go(page, "answers")
    expect(page.get_by_role("link", name=NAMES[SPOT]["name"])).to_be_visible()
    page.go_back()
    page.locator(".own").first.click()
    expect(page.locator("dialog.case-photos img")).to_be_visible()
    page.keyboard.press("Escape")
    # The person's own choice comes before all numbers.
    others.locator("summary").first.click()
    page.locator(f"[data-chosen='{RUST}']").click()
    expect(headline).to_have_text(NAMES[RUST]["name"])
    expect(page.locator(".today li")).not_to_have_count(0)
    # The service gave a list, which holds it.
    assert (only_case(page)["verdict"], only_case(page)["chosen"]) == ("wrong", RUST)


def test_healthy_is_said_with_the_look_at_it_and_no_caution(page: Page, photo: Photos) -> None:
    ask_about(page, photo("leaf"), crop="bean")
    expect(page.locator(".answer.healthy")).to_be_visible()
    expect(page.locator("main h1")).to_contain_text(NAMES[HEALTHY]["name"])
    expect(page.locator(".caution")).to_have_count(0)
    check(page)


def test_what_was_done_is_not_asked_again(page: Page, photo: Photos) -> None:
    red = photo("red")
    choose(page, [{**red, "buffer": red["buffer"] + bytes([n])} for n in range(3)])
    ask(page, "bean")
    expect(page.locator(".candidates > li")).to_have_count(1)
    expect(page.locator("[data-do=another-leaf]")).to_have_count(0)
    check(page)


def test_without_a_crop_the_crop_comes_before_any_condition(page: Page, photo: Photos) -> None:
    ask_about(page, photo("grey"))
    expect(page.locator("main h1")).to_have_text("Which crop is it?")
    expect(page.locator(".candidates, .today, .caution")).to_have_count(0)
    expect(page.locator("[data-do=which-crop] [data-do=all-crops]")).to_be_visible()
    check(page)
    page.locator("[data-do=which-crop] [data-crop=tomato]").click()
    expect(page.locator(".tiles input[value=tomato]")).to_be_checked()


def test_no_leaf_is_said_once_with_one_way_on(page: Page, photo: Photos) -> None:
    ask_about(page, photo("blue"))
    expect(page.locator("[data-do=better-photo]")).to_be_visible()
    expect(page.locator(".photos")).to_have_count(0)
    expect(page.locator(".answer > .own img")).to_be_visible()
    check(page)


def test_a_photo_that_is_too_dark_is_said_so_before_what_it_could_show(page: Page, photo: Photos) -> None:
    ask_about(page, photo("dark"), crop="bean")
    complaint = page.locator("[data-said=unclear]")
    assert box_of(complaint)["y"] < box_of(page.locator("main h1"))["y"]
    expect(page.locator(".answer[data-grade=probably], .answer[data-grade=most_likely]")).to_have_count(0)


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"outcome": "unknown_plant", "grade": None, "crop": None, "crop_hint": "maize"}, "maize.fall_armyworm"),
        ({"grade": "not_clear", "why": "few_known", "crop": {"id": "rice", "name": "Rice"}}, "rice.blast"),
    ],
    ids=["seen as no crop", "of a crop with one condition"],
)
def test_where_nothing_can_be_told_the_guide_of_the_crop_is_the_answer(
    page: Page, photo: Photos, changes: dict[str, Any], trouble: str
) -> None:
    ask_about(page, photo("red"), crop="bean")
    nothing = {"outcome": "uncertain", "ranked": [], "in_list": 0}
    page.evaluate(CHANGE, {"diagnosis": {**only_case(page)["diagnosis"], **nothing, **changes}})
    page.reload()
    expect(page.locator(f".answer .guide [data-condition='{trouble}']")).to_be_visible()
    # A crop that was named is not asked for again.
    expect(page.locator("[data-do=which-crop]")).to_have_count(0)
    check(page)


def test_after_a_wrong_answer_it_is_asked_what_it_is(page: Page, photo: Photos) -> None:
    ask_about(page, photo("leaf"))
    expect(page.locator(".answer.healthy")).to_be_visible()
    page.locator("[data-verdict=wrong]").first.click()
    expect(page.locator("[data-verdict=wrong][aria-pressed=true]")).to_be_visible()
    page.locator(f".instead [data-chosen='{SPOT}']").click()
    expect(page.locator("main h1")).to_have_text(NAMES[SPOT]["name"])
    assert (only_case(page)["verdict"], only_case(page)["chosen"]) == ("wrong", SPOT)


def check(page: Page, screens: float = SCREENS) -> None:
    """Few controls, few screens, and the leaf beside the first example on the first one."""
    page.wait_for_timeout(300)
    found = page.evaluate(MEASURED)
    assert found["controls"] <= CONTROLS, found["text"]
    assert found["height"] <= screens * PHONE["height"], (found["height"], found["text"])
    assert found["photos"] is None or found["photos"] <= found["bar"], found


def conditions(cards: Locator) -> list[str]:
    ids: list[str] = cards.evaluate_all("these => these.map((one) => one.dataset.condition)")
    return ids
