"""At a desk with the keyboard alone."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.desk.steps import case_id, choose, kept, open_case, press_until, reviewed, said, saved, settled
from tests.browser.desk_screens import HEALTHY, RUST, Desk

pytestmark = pytest.mark.browser


def test_keyboard_alone_leads_through_the_whole_walk(context: BrowserContext, desk: Desk, token: str) -> None:
    """Sign in, choose a case, look, say what it is, correct it, sign out: no mouse, no single keys."""
    desk.send(RUST, seed=31)
    page = context.new_page()
    page.goto(f"{desk.url}/desk")
    press_until(page, "#token")
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    page.locator(".begin").wait_for()
    press_until(page, ".begin a", "Enter")
    settled(page)
    case = case_id(page)
    press_until(page, "#heat", "Space")
    expect(page.locator(".heat").first).to_be_visible()
    press_until(page, "#crop")
    choose(page, "#crop", "Coffee", "coffee")
    press_until(page, "#condition")
    choose(page, "#condition", "Cercospora leaf spot of cof", "coffee.cercospora")
    press_until(page, "#note")
    page.keyboard.type("pale middle")
    press_until(page, "button[value=other]", "Enter", move="Shift+Tab")
    saved(page)
    # The first case of the queue may have another reviewer's verdict already.
    assert said(desk, case)[-1] == ("coffee.cercospora", "pale middle")
    press_until(page, ".saved a", "Enter")
    reviewed(page)
    settled(page)
    press_until(page, "button[value='bean.rust']", "Enter")
    saved(page)
    assert said(desk, case)[-1] == ("bean.rust", "pale middle")
    press_until(page, ".sign-out button", "Enter")
    expect(page.locator("#token")).to_be_visible()


def test_single_keys_say_what_one_sees_before_the_model_does(page: Page, desk: Desk) -> None:
    """Another crop, a line for the farmer, the verdict, and only then the model."""
    case = desk.send(HEALTHY, RUST, seed=60, crop="bean")["id"]
    page.goto(f"{desk.url}/desk/cases/{case}")
    settled(page)
    expect(page.locator(".answer")).to_have_count(0)
    expect(page.get_by_text("%")).to_have_count(0)
    assert shown_crops(page) == {"bean"}
    for key, text in (("c", "Coffee"), ("l", "Look at the undersides"), ("o", "Cercospora leaf spot of cof")):
        page.keyboard.press(key)
        page.keyboard.type(text)
        page.keyboard.press("Escape")
        assert shown_crops(page) == {"coffee"}
    page.keyboard.press("s")
    saved(page)
    assert kept(desk, case) == ("coffee.cercospora", "undersides")
    page.keyboard.press("z")
    reviewed(page)
    expect(page.locator(".answer h2")).to_be_visible()
    expect(page.locator("button.confirm, button .share:not(:empty)").first).to_be_visible()
    assert shown_crops(page) == {"bean"}


def test_single_keys_review_case_after_case(page: Page, desk: Desk) -> None:
    seen = [open_case(page)]
    for key in ("1", "b", "t"):
        page.keyboard.press(key)
        page.wait_for_url(lambda url: seen[-1] not in url.partition("?")[0])
        saved(page)
        seen.append(case_id(page))
    labels = [said(desk, case)[0][0] for case in seen[:3]]
    assert labels[1:] == ["bad_photo", "cannot_tell"]
    assert labels[0].startswith("bean.")
    page.keyboard.press("z")
    reviewed(page)
    assert case_id(page) == seen[2]


def test_single_keys_do_nothing_while_a_reviewer_writes_and_can_be_switched_off_for_good(
    page: Page, desk: Desk
) -> None:
    case = open_case(page)
    page.keyboard.press("w")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("1 bad photo? not the best, x")
    expect(page.locator("#note")).to_have_value("1 bad photo? not the best, x")
    page.keyboard.press("Escape")
    # A shortcut of the browser does nothing either.
    page.keyboard.press("Control+1")
    # When this key has done its work, the others would have done theirs.
    page.keyboard.press("h")
    expect(page.locator(".heat").first).to_be_visible()
    assert (case_id(page), said(desk, case)) == (case, [])

    page.locator("#note").fill("")
    keys = page.locator("kbd").first
    expect(keys).to_be_visible()
    expect(page.locator("#heat")).to_have_attribute("aria-keyshortcuts", "h")
    page.locator("#keys").uncheck()
    expect(keys).to_be_hidden()
    expect(page.locator("[aria-keyshortcuts]")).to_have_count(0)
    page.reload()
    settled(page)
    page.keyboard.press("1")
    page.keyboard.press("b")
    expect(page.locator("#keys")).not_to_be_checked()
    assert (case_id(page), said(desk, case)) == (case, [])
    page.locator("#keys").check()
    page.keyboard.press("b")
    saved(page)
    assert said(desk, case) == [("bad_photo", None)]


def test_a_photo_comes_nearer_and_goes_back_by_key_and_by_mouse(page: Page) -> None:
    open_case(page)
    shown = page.locator(".shown").first
    before = shown.bounding_box()
    width = "one => one.firstElementChild.getBoundingClientRect().width"
    far = shown.evaluate(width)
    page.keyboard.press("e")
    expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "true")
    assert shown.evaluate(width) > 2 * far
    assert shown.bounding_box() == before, "nothing else moves"
    middle = shown.evaluate("one => one.scrollLeft")
    page.keyboard.press("Tab")
    press_until(page, ".shown a", "ArrowLeft", move="Shift+Tab")
    page.wait_for_function("([one, at]) => one.scrollLeft < at", arg=[shown.element_handle(), middle])
    page.keyboard.press("e")
    expect(page.locator("#zoom")).to_have_attribute("aria-pressed", "false")
    shown.click(position={"x": 60, "y": 60})
    assert shown.evaluate("one => [one.scrollLeft, one.scrollTop]") == [0, 0], "the corner that was touched"
    # A mouse moves it, and that is no click.
    page.mouse.down()
    assert before is not None
    page.mouse.move(before["x"], before["y"], steps=4)
    page.mouse.up()
    assert shown.evaluate("one => one.scrollLeft") > 0
    shown.click()
    assert shown.evaluate(width) == far


def shown_crops(page: Page) -> set[str]:
    """Crops of the conditions in the list of all."""
    values = page.locator("#condition option").evaluate_all("options => options.map(option => option.value)")
    return {value.partition(".")[0] for value in values if value}
