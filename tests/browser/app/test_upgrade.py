"""A phone on which 0.1.0 was used: what it stored is shown, sent and deleted by today's app."""

import base64
import json
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from benchmarks.phone_app.service import Service
from benchmarks.phone_app.walk import go, kept_cases
from tests.browser.app.steps import Photos, delete, go_offline, kept_at_service, wait_until

pytestmark = pytest.mark.browser

# In the forms of 0.1.0; it had the same stores.
PUT = """
async ([stores, jpeg]) => {
  const blob = new Blob([Uint8Array.from(atob(jpeg), (one) => one.charCodeAt(0))], { type: "image/jpeg" });
  const database = await new Promise((done) => {
    indexedDB.open("majani").onsuccess = ({ target }) => done(target.result);
  });
  const writing = database.transaction(Object.keys(stores), "readwrite");
  for (const one of stores.cases) {
    const grid = Uint8Array.from({ length: 9 }, (_, place) => 28 * place);
    const heatmap = one.diagnosis === null ? null : { rows: 3, columns: 3, grid };
    writing.objectStore("cases").put({ ...one, photos: [{ blob, isSent: true, heatmap }] });
  }
  for (const part of ["interface", "advice"]) writing.objectStore("documents").delete(`/v1/texts/en/${part}`);
  for (const one of stores.documents) writing.objectStore("documents").put(one);
  await new Promise((done) => (writing.oncomplete = done));
  database.close();
}
"""
STORED = json.loads("""
{"createdAt": 1780000000000, "language": "en", "crop": null, "keepsPhotos": false, "place": null, "whereabouts": "here",
 "wasTried": false, "refusal": null, "receipt": null, "named": null, "verdict": "right", "isVerdictSent": false,
 "visit": null, "plot": "", "note": "", "diagnosis": {
  "outcome": "condition", "coarse": null, "crop_hint": null, "model_version": "2026.11.26-ffb28f50",
  "confidence": {"right": 172, "answered": 180, "right_of_ten": 9},
  "photos": [{"used": true, "retake": [], "error": null}]}}""")
RUST = {"id": "bean.rust", "name": "Bean rust", "crop": "bean", "crop_name": "Common bean", "probability": 0.91}
STORED["diagnosis"] |= {"condition": RUST, "candidates": [RUST]}


def case(number: int, **changes: Any) -> dict[str, Any]:
    name = f"5e2f1d4c-0000-4000-8000-00000000000{number}"
    own = {"id": name, "key": name}
    return {**STORED, **own, "createdAt": STORED["createdAt"] + number, **changes}


def older(texts: dict[str, Any]) -> dict[str, Any]:
    """The texts without what 0.1.0 had not yet."""
    new = ("sign", "text_language", "ask", "questions")
    advice = {
        condition: {key: value for key, value in one.items() if key not in new}
        for condition, one in texts["advice"].items()
    }
    return {key: texts[key] for key in ("language", "names", "interface")} | {"advice": advice}


def test_the_history_of_0_1_0_is_shown_and_what_waited_is_sent(page: Page, service: Service, photo: Photos) -> None:
    address = "/v1/texts/en"
    texts = older(requests.get(f"{service.url}{address}", timeout=30).json())
    waiting = case(2, diagnosis=None, keepsPhotos=True, whereabouts="waiting", verdict=None)
    stores = {"cases": [case(1), waiting], "documents": [{"name": address, "etag": None, "content": texts}]}
    page.evaluate(PUT, [stores, base64.b64encode(photo("red")["buffer"]).decode()])
    before = len(kept_at_service(service))

    go_offline(page)
    go(page, "answers")
    expect(page.locator(".case img")).to_have_count(2)
    name = texts["names"]["conditions"]["bean.rust"]["name"]
    page.get_by_role("link", name=name).click()
    expect(page.locator("main h1")).to_contain_text(name)
    expect(page.locator(".answer .today li")).not_to_have_count(0)
    assert [one["verdict"] for one in kept_cases(page)] == ["right", None]

    page.context.set_offline(False)
    wait_until(page, lambda: len(kept_at_service(service)) == before + 1)
    wait_until(page, lambda: kept_cases(page)[1]["whereabouts"] == "sent")
    delete(page)
    wait_until(page, lambda: [one["key"] for one in kept_cases(page)] == [waiting["key"]])
