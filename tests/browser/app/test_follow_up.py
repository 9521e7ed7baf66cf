"""After the answer: other plants, a day to look again, and a week later what became of the plant."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.phone_app.audit import violations
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, go, kept_cases
from serving.access.role import Role
from tests.browser.app.steps import Photos, ask_about, ask_and_allow, delete, wait_until

pytestmark = pytest.mark.browser

EACH_CASE = """given => new Promise((done) => {
  indexedDB.open("majani").onsuccess = ({ target: { result: database } }) => {
    const writing = database.transaction("cases", "readwrite");
    writing.objectStore("cases").openCursor().onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      cursor.update({ ...cursor.value, %s });
      cursor.continue();
    };
    writing.oncomplete = () => { database.close(); done(); };
  };
})"""
# By so many days.
AGE = EACH_CASE % "createdAt: cursor.value.createdAt - 86_400_000 * given"
CHANGE = EACH_CASE % "...given"
SAID = """SELECT follow.done, follow.state, follow.later_id IS NOT NULL FROM follow_ups follow
JOIN cases ON cases.id = follow.case_id WHERE cases.public_id = ?"""


@pytest.mark.timeout(300)
def test_a_week_later_the_app_asks_and_the_report_counts_it(page: Page, service: Service, photo: Photos) -> None:
    ask_and_allow(page, photo("red"))
    wait_until(page, lambda: kept_cases(page)[0]["receipt"] is not None)
    first = kept_cases(page)[0]
    public_id = first["receipt"]["id"]
    page.evaluate(AGE, 6)
    page.reload()
    page.locator("#app h1").wait_for()
    expect(page.locator("[data-due], [data-follow-up]")).to_have_count(0)
    # Else the open answer may ask at once, and what was seen there is not asked again.
    go(page, "")
    page.evaluate(AGE, 1)
    # In the field.
    page.context.set_offline(True)
    page.goto(page.url.split("#")[0])
    page.locator(f"[data-due='{first['id']}'] a").tap()
    page.locator("[data-done=partly]").tap()
    page.locator("[data-follow-up=asked] [data-state=worse]").tap()
    expect(page.locator("[data-follow-up=said] .caution")).to_be_visible()
    expect(page.locator("[data-due]")).to_have_count(0)
    assert violations(page) == []
    assert service.rows(SAID, public_id) == []
    page.context.set_offline(False)
    wait_until(page, lambda: service.rows(SAID, public_id) == [("partly", "worse", 0)])
    page.locator("[data-state=better]").tap()
    # The same leaf over its first photo, with a consent of its own.
    page.locator("[data-do=same-leaf]").tap()
    expect(page.locator(".camera .ghost")).to_have_count(1)
    page.locator("[data-do=shoot]:enabled").tap()
    page.locator(".shots > li").wait_for()
    expect(page.locator("#consent")).not_to_be_checked()
    page.locator("#consent").check()
    page.evaluate("() => new Promise(requestAnimationFrame)")
    ask(page)
    again = kept_cases(page)[-1]
    if again["diagnosis"]["outcome"] != "not_a_plant":
        expect(page.locator(f".before a[href='#case/{first['id']}']")).to_be_visible()
        wait_until(page, lambda: service.rows(SAID, public_id) == [("partly", "better", 1)])
    assert again["follows"] == first["id"]
    token = {"Authorization": f"Bearer {service.make_token(Role.EXTENSION)}"}
    counted = page.request.get(f"{service.url}/desk/report/follow_ups.csv", headers=token).text()
    assert "bean.rust,partly,better," in counted
    go(page, f"case/{first['id']}")
    page.locator("[data-follow-up=said]").wait_for()
    delete(page)
    wait_until(page, lambda: service.rows(SAID, public_id) == [])


def test_another_photo_of_the_same_leaf_is_of_the_same_leaf(page: Page, photo: Photos) -> None:
    """From the gallery, and in the place of one that was too dark."""
    ask_about(page, photo("red"), crop="bean")
    first = kept_cases(page)[0]["id"]
    page.evaluate(AGE, 8)
    page.reload()
    page.locator("[data-do=same-leaf]").tap()
    with page.expect_file_chooser() as chooser:
        page.locator(".camera [data-do=from-gallery]").tap()
    # The viewfinder is closed by then.
    expect(page.locator(".camera")).to_have_count(0)
    chooser.value.set_files([photo("dark")])
    page.locator(".shots .complaint").wait_for()
    ask_about(page, photo("leaf"))
    assert kept_cases(page)[-1]["follows"] == first


def test_other_plants_tell_few_from_many(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="bean")
    page.locator("details.kept > summary").tap()
    page.locator("[data-do=other-plants] summary").tap()
    # None of three is clear; one of three is not.
    page.locator("[data-affected='0']").tap()
    expect(page.locator("[data-affected='0'][aria-pressed=true]")).to_be_visible()
    expect(page.locator("[data-plants=few]")).to_be_visible()
    page.locator("[data-affected='1']").tap()
    expect(page.locator("[data-plants]")).to_have_count(0)
    page.locator("[data-affected='3']").tap()
    expect(page.locator("[data-plants=many]")).to_be_visible()
    expect(page.locator("[data-do=other-plants] [data-do=causes]")).to_be_visible()
    assert kept_cases(page)[0]["plants"] == {"looked": 6, "affected": 4}
    assert violations(page) == []
    with page.expect_download() as saving:
        page.locator("[data-do=look-again]").tap()
    calendar = Path(saving.value.path()).read_text(encoding="utf-8")
    assert f"UID:{kept_cases(page)[0]['id']}@majani" in calendar.replace("\r\n ", "")


def test_what_an_expert_refutes_leaves_no_advice_on_ones_own_choice(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="bean")
    page.locator("[data-verdict=wrong]").first.tap()
    page.locator(".instead [data-chosen='bean.angular_leaf_spot']").tap()
    advice = page.locator(".today")
    advice.wait_for()
    word = {"verdict": "unknown_plant", "condition": None, "remark": None, "reviewed_at": "2026-11-27T08:00:00Z"}
    page.evaluate(CHANGE, {"expert": word})
    page.reload()
    page.locator(".expert[data-verdict=unknown_plant]").wait_for()
    expect(advice).to_have_count(0)
