"""Checks that all replicas give the same cases."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from benchmarks.faults.clients import Load, SentCase
from benchmarks.harness.asking import ask
from serving.cases.photo_store import decode_and_strip

_READERS = 4
# That nothing is missing is seen in the database and the store; here it matters that each replica finds it.
_CASES_READ = 300
_PHOTOS_READ = 60
_RACES = 10


def unreadable(load: Load, ports: Iterable[int]) -> list[str]:
    """What is wrong where cases, and the photos of some, are read back from each replica as by their senders.

    There is no telling which replica kept a case, so each is asked for the same ones, which lie all over the load.
    """
    photos = [decode_and_strip(photo)[1] for photo in load.photos]
    cases = [case for case in load.cases if case.id is not None]
    cases = cases[:: len(cases) // _CASES_READ + 1]
    seen = range(0, len(cases), max(1, len(cases) // _PHOTOS_READ))
    asked = [
        (port, case, photos[case.photo] if number in seen else None)
        for port in ports
        for number, case in enumerate(cases)
    ]
    with ThreadPoolExecutor(_READERS) as pool:
        return [wrong for wrong in pool.map(lambda one: _wrong(*one), asked) if wrong]


def race(load: Load, ports: Sequence[int]) -> list[str]:
    """Send new cases to all replicas at the same moment, and complain about each that becomes more than one."""
    complaints = []
    with ThreadPoolExecutor(len(ports)) as pool:
        for _ in range(_RACES):
            first = load.new_case()
            copies = [first, *(SentCase(first.key, first.photo) for _ in ports[1:])]
            list(pool.map(lambda copy, port: load.deliver(copy, port=port), copies, ports))
            if len({(copy.id, copy.token) for copy in copies}) > 1 or first.id is None:
                complaints.append(f"sent to all replicas at once, it became {[copy.id for copy in copies]}")
    return complaints


def _wrong(port: int, case: SentCase, photo: bytes | None) -> str | None:
    token = {"Authorization": f"Bearer {case.token}"}
    try:
        for part, expected in (("", None), ("/photos/0", photo)):
            if part and expected is None:
                continue
            status, content = ask(port, "GET", f"/v1/diagnoses/{case.id}{part}", headers=token)
            if status != 200:
                return f"{case.id}: a replica answers {status}"
            if expected is not None and content != expected:
                return f"{case.id}: a replica has another photo"
    except (OSError, HTTPException) as error:
        return f"{case.id}: a replica gives no answer ({type(error).__name__}: {error})"
    return None
