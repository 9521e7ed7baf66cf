"""What reviewers do at the desk, and what the service knows of it."""

from playwright.sync_api import Page

from serving.persistence.reviews import Reviews
from tests.browser.desk_screens import Desk


def open_case(page: Page) -> str:
    """Go to the next case; returns its id."""
    page.goto(page.url.partition("/desk")[0] + "/desk/next")
    settled(page)
    return case_id(page)


def settled(page: Page) -> None:
    """Wait for a case that takes what one says of it."""
    page.locator("form.review[data-settled]").wait_for()


def saved(page: Page) -> None:
    """Wait for what comes after a review, which may be another case."""
    page.locator(".saved").wait_for()
    page.wait_for_load_state()
    if page.locator("form.review").count():
        settled(page)


def reviewed(page: Page) -> None:
    """Wait for a case as who has reviewed it sees it again, which the case that was there before is not."""
    page.locator(".own").wait_for()
    page.wait_for_load_state()


def case_id(page: Page) -> str:
    return page.url.rpartition("/desk/cases/")[2].partition("?")[0]


def said(desk: Desk, case: str) -> list[tuple[str, str | None]]:
    return [(one.label, one.note) for one in Reviews(desk.engine).of_case(case)]


def kept(desk: Desk, case: str) -> tuple[str, str | None]:
    """The only verdict on a case, and its line for the farmer."""
    [review] = Reviews(desk.engine).of_case(case)
    return review.label, review.remark


def press_until(page: Page, selector: str, then: str | None = None, *, move: str = "Tab", most: int = 60) -> None:
    """Move with the keyboard until an element has the focus, which has to be seen; then press a key there."""
    for _ in range(most):
        page.keyboard.press(move)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", selector
            if then is not None:
                page.keyboard.press(then)
            return
    raise AssertionError(f"{selector} is not reached with {move}")


def choose(page: Page, selector: str, text: str, value: str) -> None:
    """Choose by letters in a list that has the focus; on a busy machine it may forget the first before the last."""
    for _ in range(5):
        page.keyboard.type(text)
        if page.locator(selector).input_value() == value:
            return
        page.wait_for_timeout(1500)
    raise AssertionError(f"{text} does not choose {value}")
