"""What becomes of planted faults is counted as it is."""

from benchmarks.mutation import ROOT, modules, scores

RESULTS = """
    majani.decision.x_pool__mutmut_1: killed
    majani.decision.x_pool__mutmut_2: survived
    majani.decision.x_pool__mutmut_10: timeout
    majani.imaging.xǁStripsǁread__mutmut_1: no tests
    majani.imaging.x_decode__mutmut_1: suspicious
"""


def test_counts_by_module_what_tests_noticed() -> None:
    assert scores(RESULTS) == {"majani.decision": (2, 3), "majani.imaging": (0, 2)}


def test_of_nothing_there_is_no_score() -> None:
    assert scores("") == {}


def test_knows_the_modules_that_it_plants_in() -> None:
    assert modules() == ["majani.decision", "majani.imaging"]
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in modules())
