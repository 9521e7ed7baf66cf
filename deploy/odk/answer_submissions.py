"""Answers the photos of an ODK form: each new submission goes to Majani, and the answer into a table and into Central.

It needs Python 3.11 and requests, and nothing of Majani's. Run it as often as you like: what is in the table is done,
and what breaks off is done again under the same Idempotency-Key. ``docs/odk.md`` says how to set it up.

Central's API as documented under docs.getodk.org/central-api, read in November 2026.
"""

import argparse
import csv
import fcntl
import os
import string
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote, urlsplit

import requests

COLUMNS = (
    "instance_id",
    "submitted_at",
    "outcome",
    "condition",
    "name",
    "probability",
    "advice",
    "error",
    "diagnosis_id",
)
IMAGES = (".jpg", ".jpeg", ".png", ".webp")
MAX_PHOTOS = 5
COMMENT = "Majani: "
PROGRAM = "A computer program looked at the photos; it can be wrong. No expert has looked."
PAGE = 250
TIMEOUT_S = 60
# Longer than a minute's limit, shorter than a day's: for that the next run is soon enough.
LONGEST_WAIT_S = 60
ATTEMPTS = 5
# Then the servers are down, and the next run goes on.
MOST_FAILURES_IN_A_ROW = 3
# The same case would fail the same way again. All other failures pass, such as 400 for a body that was cut off.
FINAL = (410, 413, 415, 422)


class Central:
    """One form on a server of ODK Central's, for a web user who may read and comment its submissions."""

    def __init__(self, url: str, project: int, form: str, email: str, password: str) -> None:
        self._form = f"{url.rstrip('/')}/v1/projects/{project}/forms/{quote(form, safe='')}"
        self._session = requests.Session()
        sessions = f"{url.rstrip('/')}/v1/sessions"
        # The password follows to no other address.
        asking = {"email": email, "password": password}
        opened = self._session.post(sessions, json=asking, timeout=TIMEOUT_S, allow_redirects=False)
        opened.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {opened.json()['token']}"

    def submissions(self) -> Iterator[dict[str, Any]]:
        """All of them, oldest page last."""
        query = f"%24top={PAGE}"
        while query:
            page = self._get(f"{self._form}.svc/Submissions?{query}").json()
            yield from page["value"]
            # Only its query: Central writes the address that it believes to have, and the token goes nowhere else.
            query = urlsplit(page.get("@odata.nextLink", "")).query

    def photos(self, instance_id: str) -> list[tuple[str, bytes]] | None:
        """Names and contents, at most five; None while some are still on their way from the phone."""
        attachments = self._get(f"{self._of(instance_id)}/attachments").json()
        images = [one for one in attachments if one["name"].lower().endswith(IMAGES)]
        if not all(one["exists"] for one in images):
            return None
        names = [one["name"] for one in images[:MAX_PHOTOS]]
        return [
            (name, self._get(f"{self._of(instance_id)}/attachments/{quote(name, safe='')}").content) for name in names
        ]

    def comment(self, instance_id: str, text: str) -> None:
        """Write it once: a run that broke off may have written it already."""
        comments = f"{self._of(instance_id)}/comments"
        if not any(one["body"].startswith(COMMENT) for one in self._get(comments).json()):
            self._session.post(comments, json={"body": COMMENT + text}, timeout=TIMEOUT_S).raise_for_status()

    def _of(self, instance_id: str) -> str:
        return f"{self._form}/submissions/{quote(instance_id, safe='')}"

    def _get(self, url: str) -> requests.Response:
        response = self._session.get(url, timeout=TIMEOUT_S)
        response.raise_for_status()
        return response


class Majani:
    """The service, whose texts come in one language."""

    def __init__(self, url: str, language: str) -> None:
        self._url = f"{url.rstrip('/')}/v1"
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = language

    def ask(self, instance_id: str, photos: Sequence[tuple[str, bytes]], fields: dict[str, str]) -> dict[str, str]:
        """The row of a submission: the answer, or why there will never be one."""
        files = [("photo", photo) for photo in photos]
        # Headers take no other letters.
        headers = {"Idempotency-Key": quote(instance_id, safe=string.punctuation)}
        response = _insist(
            lambda: self._session.post(
                f"{self._url}/diagnoses", files=files, data=fields, headers=headers, timeout=TIMEOUT_S
            )
        )
        if response.status_code in FINAL:
            return {"error": response.json()["code"]}
        response.raise_for_status()
        answer = response.json()
        said, named = answer["display"], answer["condition"]
        steps = " ".join([*said["steps"], *filter(None, [said["caution"]])])
        row = {"outcome": answer["outcome"], "name": said["title"], "advice": steps, "diagnosis_id": answer["id"]}
        if named is not None:
            row |= {"condition": named["id"], "probability": f"{named['probability']:.2f}"}
        return row


def answer_new(central: Central, majani: Majani, table: TextIO, options: argparse.Namespace) -> int:
    """Answer what is not in the table yet; the number of submissions that have to wait for the next run."""
    table.seek(0)
    done = {row["instance_id"] for row in csv.DictReader(line.removeprefix("\ufeff") for line in table)}
    rows = csv.DictWriter(table, COLUMNS)
    if table.tell() == 0:
        rows.writeheader()
    waiting = failures = 0
    for submission in central.submissions():
        instance_id = submission["__id"]
        if _harmless(instance_id) in done:
            continue
        try:
            row = _answer(central, majani, submission, options)
            failures = 0
        except requests.RequestException as error:
            print(f"{instance_id}: {error}", file=sys.stderr)
            # What Central has lost says nothing of the next one.
            is_lost = error.response is not None and error.response.status_code == requests.codes.not_found
            is_lost = is_lost and error.response.url.startswith(options.central)
            row, failures = None, failures if is_lost else failures + 1
        if row is None:
            waiting += 1
        else:
            rows.writerow(row)
            table.flush()
        if failures == MOST_FAILURES_IN_A_ROW:
            break
    return waiting


def _answer(
    central: Central, majani: Majani, submission: dict[str, Any], options: argparse.Namespace
) -> dict[str, str] | None:
    """The row of a submission; None while its photos are still arriving."""
    instance_id = submission["__id"]
    photos = central.photos(instance_id)
    if photos is None:
        return None
    fields = {"crop": _value(submission, options.crop_field)} if options.crop_field else {}
    if options.consent_field and _value(submission, options.consent_field) == "yes":
        fields["consent"] = "photos"
    row = {"instance_id": _harmless(instance_id), "submitted_at": submission["__system"]["submissionDate"]}
    if not photos:
        return row | {"error": "no_photo"}
    row |= majani.ask(instance_id, photos, {name: value for name, value in fields.items() if value})
    if options.comment:
        central.comment(instance_id, _say(row))
    return row


def _harmless(instance_id: str) -> str:
    """A phone makes it up; before what a spreadsheet would take for a formula stands an apostrophe (OWASP)."""
    return f"'{instance_id}" if instance_id.startswith(("=", "+", "-", "@", "\t", "\r")) else instance_id


def _say(row: dict[str, str]) -> str:
    if "error" in row:
        return f"no answer ({row['error']})."
    return "\n".join(filter(None, [row["name"], row["advice"], PROGRAM]))


def _value(submission: dict[str, Any], path: str) -> str:
    """The value of a field, ``group/field`` in a group; empty if it was not asked."""
    found: Any = submission
    for name in path.split("/"):
        found = (found or {}).get(name)
    return str(found or "")


def _insist(send: Callable[[], requests.Response]) -> requests.Response:
    """Send again as long as the service asks for a little patience."""
    for _ in range(ATTEMPTS):
        response = send()
        pause = response.headers.get("Retry-After", "")
        if response.status_code not in (429, 503) or not pause.isdecimal() or int(pause) > LONGEST_WAIT_S:
            break
        time.sleep(int(pause))
    return response


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise argparse.ArgumentTypeError("https:// is missing")
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run once; 1 if something has to wait for the next run."""
    parser = argparse.ArgumentParser(
        description="Answers new submissions of an ODK form. ODK_EMAIL and ODK_PASSWORD are read from the environment."
    )
    parser.add_argument("--central", type=_address, required=True, metavar="URL")
    parser.add_argument("--project", type=int, required=True, metavar="NUMBER")
    parser.add_argument("--form", required=True, metavar="ID")
    parser.add_argument("--majani", type=_address, required=True, metavar="URL")
    parser.add_argument(
        "--table", type=Path, required=True, metavar="FILE.csv", help="answers; what is in it is not asked again"
    )
    parser.add_argument("--language", default="en", metavar="TAG")
    parser.add_argument("--crop-field", metavar="FIELD", help="field whose value is one of Majani's crops")
    parser.add_argument("--consent-field", metavar="FIELD", help='Majani keeps the photos where its value is "yes"')
    parser.add_argument("--no-comment", dest="comment", action="store_false", help="write nothing to Central")
    options = parser.parse_args(arguments)
    email, password = os.environ.get("ODK_EMAIL"), os.environ.get("ODK_PASSWORD")
    if not email or not password:
        parser.error("ODK_EMAIL or ODK_PASSWORD is not set")
    with options.table.open("a+", newline="", encoding="utf-8") as table:
        try:
            # Two runs at once would comment twice.
            fcntl.flock(table, fcntl.LOCK_EX | fcntl.LOCK_NB)
            central = Central(options.central, options.project, options.form, email, password)
            waiting = answer_new(central, Majani(options.majani, options.language), table, options)
        except BlockingIOError:
            sys.exit("another run is at work")
        except requests.RequestException as error:
            sys.exit(f"Central: {error}")
    if waiting:
        print(f"{waiting} submissions wait for the next run", file=sys.stderr)
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
