"""Who uses the phone app: farmers, extension workers on a visit, people with a keyboard or weak eyes."""

import csv
import re

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, go, kept_cases, open_app
from serving.access.role import Role
from tests.browser.album import DEVICES, small_or_wide
from tests.browser.app.steps import SMALLEST, Photos, ask_about, only_case, sign_in, start_visit, wait_until
from tests.browser.desk.steps import press_until
from tests.browser.screenshots import walk

pytestmark = pytest.mark.browser

# The first two crops of every list that was on the screen since the page was loaded.
FIRST_TILES = """
globalThis.seen = new Set();
new MutationObserver(() => {
  const [first, second] = document.querySelectorAll(".tiles input");
  if (first) seen.add(`${first.value} ${second?.value}`);
}).observe(document, { childList: true, subtree: true });
"""


def test_answer_is_shared_as_text_and_picture(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"))
    page.locator("details.kept > summary").click()
    page.evaluate("() => { delete Navigator.prototype.share; delete Navigator.prototype.canShare }")
    page.locator("[data-do=share-text]").click()
    expect(page.locator(".answer [role=status]").last).not_to_be_empty()
    assert "Bean rust" in page.evaluate("() => navigator.clipboard.readText()")
    with page.expect_download() as saved:
        page.locator("[data-do=share-picture]").click()
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")


def test_crops_do_not_move_under_the_finger(page: Page, photo: Photos) -> None:
    """The region's come first, from the first moment of the list on."""
    page.add_init_script(FIRST_TILES)
    ask_about(page, photo("red"), crop="bean")
    go(page, "")
    page.reload()
    choose(page, [photo("red")])
    page.locator(".tiles input").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("() => [...seen]") == ["bean tomato"]


def test_visit_of_an_extension_worker(page: Page, service: Service, photo: Photos) -> None:
    go(page, "more")
    page.locator("#token").fill("majani_nothing")
    page.locator("[data-do=show-token]").click()
    expect(page.locator("#token")).to_have_attribute("type", "text")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#token-problem")).to_contain_text("token_invalid, unknown")
    sign_in(page, service.make_token())
    expect(page.get_by_text("Field phone")).to_be_visible()
    page.context.set_offline(True)
    start_visit(page, "Upper farm")
    for kind, plot in (("red", "A"), ("leaf", "B")):
        ask_about(page, photo(kind))
        page.get_by_label("Plot").fill(plot)
        page.get_by_label("Note").fill("3, perhaps 4")
        page.get_by_label("Note").blur()
        page.get_by_role("link", name="Next plant").click()
    go(page, "visit")
    with page.expect_download() as saved:
        page.locator("[data-do=save-csv]").click()
    assert saved.value.suggested_filename.startswith("Upper farm 20")
    with saved.value.path().open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["plot"], row["crop"], row["outcome"], row["condition"]) for row in rows] == [
        ("A", "bean", "condition", "bean.rust"),
        ("B", "bean", "healthy", "bean.healthy"),
    ]
    written = {(row["visit"], row["worker"], row["note"]) for row in rows}
    assert written == {("Upper farm", "Field phone", "3, perhaps 4")}
    with page.expect_download() as saved:
        page.locator("[data-do=look-again]").click()
    assert "SUMMARY:Look again: Upper farm\r\n" in saved.value.path().read_bytes().decode()
    expect(page.locator("[data-do=looked-again]")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".sheet article")).to_have_count(2)
    expect(page.locator(".sheet")).to_contain_text("Farmer of Upper farm")
    assert page.locator(".sheet img").evaluate_all("all => all.filter((one) => one.naturalWidth > 0).length") == 2
    # The officer is not told to ask the officer.
    assert "officer" not in page.locator(".sheet").inner_text()
    expect(page.locator(".tabs")).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="screen")
    page.locator("[data-do=delete]").click()
    page.locator("[data-do=delete-for-good]").click()
    expect(page.locator("[data-do=start-visit]")).to_be_visible()
    expect(page.get_by_role("button", name="Upper farm")).to_have_count(0)
    assert len(kept_cases(page)) == 2


def test_what_one_farmer_allows_another_has_not_allowed(page: Page, service: Service, photo: Photos) -> None:
    choose(page, [photo("red")])
    page.locator("#consent").check()
    sign_in(page, service.make_token())
    start_visit(page, "Upper farm")
    expect(page.locator("#consent")).not_to_be_checked()
    # Nor has the same farmer for the next plant.
    page.locator("#consent").check()
    ask(page)
    page.get_by_role("link", name="Next plant").click()
    choose(page, [photo("leaf")])
    expect(page.locator("#consent")).not_to_be_checked()
    page.locator("#consent").check()
    go(page, "visit")
    page.locator("[data-do=end-visit]").click()
    expect(page.locator("[data-do=start-visit]")).to_be_visible()
    go(page, "")
    expect(page.locator("#consent")).not_to_be_checked()


def test_notes_stay_when_the_answer_comes_while_they_are_written(
    context: BrowserContext, service: Service, photo: Photos
) -> None:
    # This phone cannot answer by itself, and the service answers, but not at once.
    context.route("**/*.onnx", lambda route: route.abort())
    page = context.new_page()
    open_app(page, service.url)
    sign_in(page, service.make_token())
    start_visit(page, "Upper farm")
    held: list[Route] = []
    # A function of Python's own has no place for what Playwright notes on it.
    page.route(re.compile(r"/v1/diagnoses(\?|$)"), lambda route: held.append(route))  # noqa: PLW0108
    go(page, "")
    ask_about(page, photo("red"))
    page.get_by_label("Note").press_sequentially("3, per")
    wait_until(page, lambda: held)
    held[0].continue_()
    expect(page.locator("main h1")).to_have_text("Bean rust")
    page.keyboard.type("haps 4")
    expect(page.get_by_label("Note")).to_have_value("3, perhaps 4")
    wait_until(page, lambda: only_case(page)["note"] == "3, perhaps 4")


def test_notes_on_one_plant_are_kept_with_it(page: Page, service: Service, photo: Photos) -> None:
    sign_in(page, service.make_token())
    start_visit(page, "Upper farm")
    for kind in ("red", "leaf"):
        go(page, "")
        ask_about(page, photo(kind))
    first, second = (case["id"] for case in kept_cases(page))
    page.get_by_label("Plot").fill("B")
    # From one plant to another without a screen in between.
    go(page, f"case/{first}")
    expect(page.get_by_label("Plot")).to_have_value("")
    page.evaluate(COUNT_WRITES)
    page.get_by_label("Note").press_sequentially("3, perhaps 4 plants")
    wait_until(page, lambda: kept_cases(page)[0]["note"] == "3, perhaps 4 plants")
    # Photos and all, so not at every letter; a slow machine may pause in between.
    assert 1 <= page.evaluate("() => window.writes") <= 5
    page.get_by_label("Note").press_sequentially("!")
    page.get_by_label("Note").press("Backspace")
    go(page, f"case/{second}")
    expect(page.get_by_label("Plot")).to_have_value("B")
    expect(page.get_by_label("Note")).to_have_value("")
    # When this is kept, whatever was still to be kept of the first has been.
    page.get_by_label("Note").fill("dry")
    wait_until(page, lambda: kept_cases(page)[1]["note"] == "dry")
    assert [(case["plot"], case["note"]) for case in kept_cases(page)] == [("", "3, perhaps 4 plants"), ("B", "dry")]


COUNT_WRITES = """
() => {
  const put = IDBObjectStore.prototype.put;
  window.writes = 0;
  IDBObjectStore.prototype.put = function (...given) {
    window.writes += this.name === "cases";
    return put.apply(this, given);
  };
}
"""


def test_a_printed_code_signs_in_until_its_token_is_revoked(
    page: Page, browser: Browser, service: Service, photo: Photos
) -> None:
    codes = print_sheets(browser, service, sheets=8)
    # As the phone's own camera opens it.
    opened = page.context.new_page()
    opened.goto(codes[0])
    expect(opened.get_by_text("Signed in: Tablet 1")).to_be_visible()
    assert opened.url == f"{service.url}/#more"
    opened.close()
    page.reload()
    start_visit(page, "Upper farm")
    ask_about(page, photo("red"))
    # Another code does not sign in another worker unless the person says so.
    for _ in range(2):
        page.goto(codes[1])
        page.locator("[data-do=become]").wait_for()
        page.wait_for_url(f"{service.url}/#more")
        expect(page.get_by_text("Signed in: Tablet 1")).to_be_visible()
    address, _, token = codes[0].rpartition("/")
    newer = service.replace_token(token)
    go(page, "")
    page.reload()
    page.locator("[data-access=ended] a").click()
    # Who is signed in is known from the first moment.
    expect(page.get_by_role("navigation").get_by_text("Visit")).not_to_be_visible()
    expect(page.locator("#token-problem")).to_contain_text("token_invalid, revoked")
    page.goto(f"{address}/{newer}")
    expect(page.get_by_text("Signed in: Tablet 1")).to_be_visible()
    expect(page.locator("[data-access]")).to_have_attribute("data-access", "ends")
    page.get_by_role("link", name="Visits").click()
    expect(page.get_by_role("button", name="Upper farm")).to_be_visible()
    assert len(kept_cases(page)) == 1


def print_sheets(browser: Browser, service: Service, *, sheets: int) -> list[str]:
    """Make tokens at the desk; returns what is in their codes, by name, as a camera reads them on paper."""
    desk = browser.new_page(locale="en")
    desk.goto(f"{service.url}/desk/tokens")
    desk.locator("#token").fill(service.make_token(Role.ADMIN))
    desk.get_by_role("button", name="Sign in").click()
    desk.locator("#name").fill("Tablet")
    desk.locator("#count").fill(str(sheets))
    desk.locator("#days").fill("3")
    desk.locator("#make").click()
    expect(desk.locator(".made")).to_have_count(sheets)
    tokens = desk.locator(".made").all_inner_texts()
    # All fit on one page.
    [paper] = pypdfium2.PdfDocument(desk.pdf(prefer_css_page_size=True))
    desk.close()
    codes = zxingcpp.read_barcodes(paper.render(scale=3).to_numpy())
    links = [f"{service.url}/#more/{token}" for token in tokens]
    assert sorted(code.text for code in codes) == sorted(links)
    return links


def test_a_leaf_is_asked_about_with_the_keyboard_alone(page: Page, photo: Photos) -> None:
    # Playwright does not wait until the browser hands over its file choosers, and Enter may be faster.
    page.on("filechooser", lambda _: None)
    # At most from one end of the page to the other: what is being drawn anew may take the focus with it.
    press_until(page, "[data-do=gallery]", most=6)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([photo("red")])
    page.locator("#ask:enabled").wait_for()
    # The focus may have gone on to what stands below the crops; then it comes round again.
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.name") == "crop":
            # The last but one is for who does not know.
            for key in ("Space", "ArrowUp", "ArrowUp"):
                page.keyboard.press(key)
        if page.evaluate("() => document.activeElement.id === 'ask' && document.querySelector('.tiles :checked')"):
            break
    else:
        pytest.fail("the keyboard does not get to the question")
    page.keyboard.press("Enter")
    page.locator(".answer h1").wait_for()
    expect(page.locator("main h1")).to_have_text("Bean rust")


def test_the_keyboard_reaches_every_crop_of_the_list(page: Page, photo: Photos) -> None:
    choose(page, [photo("red")])
    page.locator(".tiles").wait_for()
    if page.locator("[data-do=all-crops]").count():
        page.locator("[data-do=all-crops]").click()
    crops = page.locator(".tiles input")
    count = crops.count()
    crops.first.focus()
    for _ in range(count - 1):
        page.keyboard.press("ArrowDown")
    expect(crops).to_have_count(count)
    expect(crops.last).to_be_checked()


def test_every_screen_is_open_to_everybody(browser: Browser, service: Service) -> None:
    """Nothing that axe finds, nothing wider than the screen, no text below 16 px, no target too small for a thumb.

    People with weak eyes go from one screen to the next in large letters on the smallest phone, where nothing lies
    beyond its sides.
    """
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        usual = DEVICES[name.split("_")[1]]["viewport"]
        page.set_viewport_size(usual)
        page.evaluate(LETTERS, "100%")
        found.extend(f"{name}: {one}" for one in violations(page))
        # Paper is nearer to the eye than a phone in the sun, and has no buttons.
        if not name.endswith("sheet"):
            found.extend(f"{name}: {one}" for one in small_or_wide(page, "main, nav, header", ".tabs a, .button"))
            page.set_viewport_size(SMALLEST)
            page.evaluate(LETTERS, "200%")
            found.extend(f"{name}, large: {one}" for one in page.evaluate(BEYOND))

    walk(browser, service, look, (("sw", "phone", "light"), ("ar", "desktop", "dark")))
    assert found == []


LETTERS = "size => { document.documentElement.style.fontSize = size }"
# What there is to see or touch that begins or ends beyond the screen; what lies in a picture to be moved, or in a row
# to be swiped, may.
BEYOND = """
() => [document.documentElement, ...document.querySelectorAll("#app *")]
  .filter((one) => !one.closest(".unseen, .window, .sheet, .swiped > *"))
  .map((one) => [one, one.getBoundingClientRect(), document.documentElement])
  .filter(([one, box, page]) => (one === page ? page.scrollWidth > innerWidth
    : box.width > 0 && (box.left < -1 || box.right > page.clientWidth + 1)))
  .map(([one, box]) => `${one.localName}.${one.classList} ${Math.round(box.left)} to ${Math.round(box.right)}`)
"""
