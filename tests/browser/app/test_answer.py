"""The answer on a small phone: what it may be comes first, beside the leaf in the hand, and nothing is long."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks.phone_app.browser import PHONE
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose
from benchmarks.serving_speed.server import ROOT
from serving.i18n.texts import read_yaml
from tests.browser.app.steps import Photos, ask_about, box_of, only_case, run_app
from tests.tiny_bundle import OTHER_TROUBLE, tiny_bundle_with_lists

pytestmark = pytest.mark.browser

RUST, SPOT, HEALTHY = "bean.rust", "bean.angular_leaf_spot", "bean.healthy"
NAMES = read_yaml(ROOT / "data/languages/en/names.yaml")["conditions"]
# At most, in English.
SCREENS = 2

MEASURED = """
() => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.background = "var(--accent)";
  const filled = getComputedStyle(probe).backgroundColor;
  probe.remove();
  const isFilled = (one) => one.checkVisibility() && getComputedStyle(one).backgroundColor === filled;
  const photos = [...document.querySelectorAll(".candidates .beside")].map((one) => one.getBoundingClientRect().bottom);
  return {
    filled: [...document.querySelectorAll("main button, main .button")].filter(isFilled).length,
    height: document.documentElement.scrollHeight,
    card: photos[0] ?? null,
    bar: document.querySelector(".tabs").getBoundingClientRect().top,
    text: document.querySelector("main").innerText,
  };
}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_app(tmp_path_factory.mktemp("answer"), tiny_bundle_with_lists()) as running:
        yield running


def test_what_it_may_be_stands_first_and_a_reply_puts_it_in_order(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="bean")
    headline = page.locator("main h1")
    expect(headline).to_contain_text(NAMES[RUST]["name"])
    expect(headline).to_contain_text(NAMES[SPOT]["name"])
    expect(page.locator(".answer [data-said=program]")).to_be_visible()
    # With a blind spot and a question beside two conditions, it is longest.
    check(page, 2.1)
    cards = page.locator("ol.candidates > li")
    assert conditions(cards) == [RUST, SPOT]
    for card in cards.all():
        expect(card.locator(".swiped img")).to_have_count(2)
        expect(card.locator("[data-sign]")).to_be_visible()
    expect(page.locator(".answer > .own img")).to_be_visible()
    expect(page.locator(f"ul.candidates > [data-condition='{OTHER_TROUBLE.id}']")).to_contain_text(OTHER_TROUBLE.name)
    expect(page.locator("[data-do=causes]")).to_be_visible()
    # A number would be read as one that was measured in fields.
    assert "%" not in page.evaluate(MEASURED)["text"]
    page.locator(f"[data-question='{RUST} {SPOT}'] [data-reply=no]").click()
    expect(cards.first).to_have_attribute("data-condition", SPOT)
    page.locator(".own").first.click()
    expect(page.locator("dialog.case-photos img")).to_be_visible()
    page.keyboard.press("Escape")
    # Who chooses from a set agrees with it.
    page.locator(f"[data-chosen='{SPOT}']").click()
    expect(page.locator(f"[data-condition='{SPOT}'] [data-advice='{SPOT}'] .today li")).not_to_have_count(0)
    assert (only_case(page)["verdict"], only_case(page)["chosen"]) == ("right", SPOT)


def test_no_sign_is_not_called_healthy_and_promises_nothing(page: Page, photo: Photos) -> None:
    ask_about(page, photo("leaf"), crop="bean")
    expect(page.locator(".answer.uncertain")).to_be_visible()
    assert conditions(page.locator("ol.candidates > li")) == [HEALTHY]
    expect(page.locator("main h1")).not_to_contain_text(NAMES[HEALTHY]["name"])
    expect(page.locator(".confidence")).to_have_count(0)


def test_what_was_done_is_not_asked_again(page: Page, photo: Photos) -> None:
    red = photo("red")
    choose(page, [{**red, "buffer": red["buffer"] + bytes([n])} for n in range(3)])
    ask(page, "bean")
    expect(page.locator("ol.candidates > li")).to_have_count(2)
    expect(page.locator("[data-do=another-leaf]")).to_have_count(0)
    check(page)


def test_without_a_crop_the_crop_comes_before_any_condition(page: Page, photo: Photos) -> None:
    ask_about(page, photo("grey"))
    expect(page.locator(".candidates")).to_have_count(0)
    page.locator("[data-do=which-crop] [data-crop=tomato]").click()
    expect(page.locator(".tiles input[value=tomato]")).to_be_checked()


def test_no_leaf_is_said_once_with_one_way_on(page: Page, photo: Photos) -> None:
    ask_about(page, photo("blue"))
    expect(page.locator("[data-do=better-photo]")).to_be_visible()
    expect(page.locator(".next")).to_be_hidden()
    expect(page.locator(".photos")).to_have_count(0)
    expect(page.locator(".answer > .own img")).to_be_visible()
    check(page)


def test_after_a_wrong_answer_the_way_on_is_at_the_same_place(page: Page, photo: Photos) -> None:
    """Named without a crop, as no set is."""
    ask_about(page, photo("leaf"))
    expect(page.locator(".answer.healthy")).to_be_visible()
    page.locator("[data-verdict=wrong]").first.click()
    page.locator("[data-do=ask-expert]").wait_for()
    box, asked = (box_of(page.locator(name).last) for name in ("[data-do=ask-expert]", "p.verdicts"))
    assert abs(box["y"] - asked["y"]) < PHONE["height"]


def check(page: Page, screens: float = SCREENS) -> None:
    """One filled button, few screens, and the photos of the first card on the first one."""
    page.wait_for_timeout(300)
    found = page.evaluate(MEASURED)
    assert found["filled"] == 1, found["text"]
    assert found["height"] <= screens * PHONE["height"], (found["height"], found["text"])
    assert found["card"] is None or found["card"] <= found["bar"], found


def conditions(cards: Locator) -> list[str]:
    ids: list[str] = cards.evaluate_all("these => these.map((one) => one.dataset.condition)")
    return ids
