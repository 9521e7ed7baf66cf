"""Three farmers from a leaf to an end: one who knows the crop, one who does not read, one whose crop is not known."""

import base64
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.phone_app.browser import PHONE
from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import ask, choose, go, kept_cases, name_crop
from tests.browser.app.steps import SENT, Photos, ask_about, box_of, only_case, wait_until

pytestmark = pytest.mark.browser

# Counts touches; what it speaks is kept instead of heard.
HEAR = """
window.taps = 0;
addEventListener("click", (event) => event.isTrusted && event.detail && window.taps++, true);
window.spoken = [];
const voice = { lang: "en-GB", localService: true };
Object.defineProperty(window, "SpeechSynthesisUtterance", { value: class { constructor(text) { this.text = text } } });
Object.defineProperty(window, "speechSynthesis", {
  value: { getVoices: () => [voice], speak: (said) => window.spoken.push(said.text), cancel() {} },
});
"""

# The camera sees a photo.
SEE = """
navigator.mediaDevices.getUserMedia = async () => {
  const seen = new Image();
  seen.src = "data:image/jpeg;base64,PHOTO";
  await seen.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [640, 480];
  setInterval(() => canvas.getContext("2d").drawImage(seen, 0, 0, 640, 480), 50);
  return canvas.captureStream();
};
"""


def test_a_returning_farmer_gets_an_answer_with_the_crop_in_four_taps(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="bean")
    page.add_init_script(HEAR)
    page.add_init_script(SEE.replace("PHOTO", base64.b64encode(photo("red")["buffer"]).decode()))
    page.goto(page.url.split("#")[0])
    page.locator("[data-do=camera]").click()
    page.locator("[data-do=shoot]").click()
    page.locator(".tiles input[value=bean]").click()
    page.locator("#ask").click()
    page.locator(".answer h1").wait_for()
    assert page.evaluate("() => window.taps") <= 4
    assert [case["crop"] for case in kept_cases(page)] == ["bean", "bean"]


def test_a_farmer_who_does_not_read_finds_the_way_by_drawings_and_hears_the_answer(page: Page, photo: Photos) -> None:
    page.add_init_script(HEAR)
    page.reload()
    choose(page, [photo("red")])
    page.locator(".tiles").wait_for()
    # Without a word on the screen, everything to be touched still has a drawing.
    bare = page.evaluate(
        """() => [...document.querySelectorAll("main button, main .tiles label, .tabs a")]
          .filter((one) => one.checkVisibility() && one.querySelector("svg") === null)
          .map((one) => one.outerHTML)"""
    )
    assert bare == []
    name_crop(page, "bean")
    page.locator("#ask").click()
    page.locator("button:has(path[d^='M4 9v6'])").click()
    (said,) = page.evaluate("() => window.spoken")
    advice: dict[str, Any] = page.evaluate("() => fetch('/v1/texts/en').then(answer => answer.json())")["advice"]
    assert all(step in said for step in advice["bean.rust"]["today"])


def test_a_farmer_whose_crop_is_not_known_comes_to_an_end_on_the_same_screen(page: Page, photo: Photos) -> None:
    choose(page, [photo("red")])
    name_crop(page, "!")
    expect(page.locator("[data-state=not-here]")).to_be_in_viewport()
    page.locator("#consent").check()
    page.locator("#ask").click()
    expect(page.locator(".answer.unknown_plant")).to_be_visible()
    # Nobody is asked whether that was right, and it is at the desk.
    expect(page.locator("[data-verdict]")).to_have_count(0)
    expect(page.locator(SENT)).to_be_visible()
    assert (only_case(page)["diagnosis"]["grade"], only_case(page)["keepsPhotos"]) == (None, True)


def test_another_crop_than_the_named_one_is_said_and_corrected(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="tomato")
    # A named crop is believed: its conditions are what is compared.
    expect(page.locator(".answer.uncertain .label")).to_contain_text("Tomato")
    expect(page.locator(".answer.uncertain h1")).to_contain_text("tomato")
    expect(page.locator("[data-do=another-leaf]")).to_have_count(0)
    page.locator("[data-crop=bean]").click()
    page.locator("#ask").click()
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    assert [case["crop"] for case in kept_cases(page)] == ["tomato", "bean"]


def test_a_candidate_is_taken_for_the_right_one(page: Page, service: Service, photo: Photos) -> None:
    choose(page, [photo("grey")])
    page.locator("#consent").check()
    ask(page, "bean")
    page.locator("[data-condition='bean.rust'] summary").first.click()
    page.locator("[data-chosen='bean.rust']").click()
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()
    expect(page.locator(".today:not(.practices)")).to_be_visible()
    wait_until(page, lambda: only_case(page)["isVerdictSent"])
    receipt = only_case(page)["receipt"]
    own = {"Authorization": f"Bearer {receipt['token']}"}
    feedback = page.request.get(f"{service.url}/v1/diagnoses/{receipt['id']}", headers=own).json()["feedback"]
    assert (feedback["verdict"], feedback["condition"]) == ("right", "bean.rust")
    page.reload()
    expect(page.get_by_role("heading", name="Bean rust")).to_be_visible()


def test_an_answer_shows_where_it_looked_and_advice_in_the_order_of_the_work(page: Page, photo: Photos) -> None:
    ask_about(page, photo("red"), crop="bean")
    # What can wait is closed until then.
    page.locator("details.kept > summary").click()
    names = (".beside", ".today h2", ".caution", ".advice summary >> nth=0", ".advice .reviews")
    tops = [box_of(page.locator(name))["y"] for name in names]
    expect(page.locator(".advice details:not([open])")).to_have_count(4)
    assert tops == sorted(tops)
    assert tops[1] < PHONE["height"]
    example = page.locator(".beside [data-do=example]").first
    example.scroll_into_view_if_needed()
    expect(example.locator("img")).not_to_have_js_property("naturalWidth", 0)
    example.click()
    expect(page.locator(".examples[open]")).to_contain_text("A. Drawer")
    page.keyboard.press("Escape")
    page.locator("[data-do=marks]").click()
    line = page.locator(".overlay path").last
    assert line.get_attribute("d")
    assert line.evaluate("one => getComputedStyle(one).fill") == "none"
    leaflet = page.locator("[data-do=leaflet]").get_attribute("href")
    assert leaflet is not None
    page.goto(page.url.split("/#")[0].split("/?")[0] + leaflet)
    expect(page.get_by_role("heading", level=1)).to_have_text("Bean rust")


def test_what_does_not_fit_a_case_is_said(page: Page, photo: Photos) -> None:
    """A sixth photo, one twice, one without a leaf, and one that is too dark."""
    red = photo("red")
    page.locator("#choose").set_input_files([{**red, "buffer": red["buffer"] + bytes([n])} for n in range(6)])
    expect(page.locator(".ask-bar [role=alert]")).to_contain_text("1")
    expect(page.locator(".shots > li")).to_have_count(5)
    for _ in range(4):
        page.locator("[data-do=remove]").first.click()
    page.locator("#choose").set_input_files([photo("blue"), photo("blue")])
    expect(page.locator(".ask-bar [role=alert]")).to_be_visible()
    expect(page.locator(".shots > li")).to_have_count(2)
    ask(page, "bean")
    first, second = page.locator(".photos li").all_text_contents()
    assert second.startswith(first)
    assert len(second) > len(first)
    go(page, "")
    choose(page, [photo("dark")])
    expect(page.locator(".complaint")).to_be_visible()
    # A better one takes its place.
    page.locator("#choose").set_input_files([photo("leaf")])
    expect(page.locator(".complaint")).to_have_count(0)
    expect(page.locator(".shots > li")).to_have_count(1)


def test_guide_finds_crops_and_conditions_by_their_names(page: Page) -> None:
    page.locator(".tabs a[href='#guide']").tap()
    page.locator("#wanted").fill("BLAST")
    expect(page.locator("[data-crop]")).to_have_count(0)
    expect(page.locator("[data-condition='rice.blast']")).to_be_visible()
    page.locator("#wanted").fill("xyz")
    expect(page.locator("main [role=status]").last).not_to_be_empty()


def test_a_crop_that_is_not_learned_leads_to_its_guide_and_no_list_of_other_crops(page: Page, photo: Photos) -> None:
    choose(page, [photo("red")])
    name_crop(page, "rice")
    to_rice = page.locator("[data-do=guide][href='#guide/rice']")
    expect(to_rice).to_be_visible()
    ask(page)
    expect(page.locator(".answer.unknown_plant")).to_be_visible()
    expect(page.locator(".candidates, [data-do=which-crop]")).to_have_count(0)
    assert only_case(page)["crop"] == "rice", "experts see no crop"
    expect(page.locator("[data-expert=asked]")).to_have_count(0)
    # Its guide is the answer.
    blast = page.locator(".answer [data-condition='rice.blast']")
    expect(blast).to_be_in_viewport()
    blast.tap()
    expect(page.locator("[data-advice='rice.blast']")).to_be_visible()
    # Asked about last, it stands first.
    page.go_back()
    page.locator(".tabs a[href='#guide']").tap()
    expect(page.locator("[data-crop]").first).to_have_attribute("data-crop", "rice")
    # One that is shared is asked about.
    go(page, "")
    choose(page, [photo("red")])
    name_crop(page, "rice")
    page.locator("#consent").check()
    ask(page)
    expect(page.locator("[data-expert=asked]")).to_be_visible()
