"""A key that is barred while its case is being kept: in both databases one comes first, and nothing stays unknown."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from serving.persistence.case_record import CaseRecord, KeyedRequest, NewCase, Origin, Seal
from serving.persistence.cases import Cases, DeletedCaseError
from tests.serving.persistence.examined import examination

KEY = KeyedRequest("k" * 32, "1" * 64)
PATH = "2026-11-24/a-0.jpg"
CASE = NewCase(Seal("a" * 22, "secret"), Origin.API, "sw", examination(1), None, (PATH,), KEY)


def keep(cases: Cases) -> CaseRecord | None:
    try:
        return cases.add(CASE)
    except DeletedCaseError:
        return None


def test_barred_key_lets_nothing_come(engine: Engine) -> None:
    cases = Cases(engine)
    assert cases.bar(KEY.key) is None
    assert keep(cases) is None
    assert cases.bar(KEY.key) is None


def test_of_two_at_once_one_comes_first(engine: Engine) -> None:
    cases = Cases(engine)
    with ThreadPoolExecutor(2) as pool:
        keeping, barring = pool.submit(keep, cases), pool.submit(cases.bar, KEY.key)
    kept, found = keeping.result(), barring.result()
    assert (kept and kept.public_id) == (found and found.public_id)
