"""What becomes of planted faults is counted as it is."""

from benchmarks.mutation import ROOT, modules, scores

RESULTS = """
    majani.decision.rules.x_pool__mutmut_1: killed
    majani.decision.rules.x_pool__mutmut_2: survived
    majani.decision.rules.x_pool__mutmut_10: timeout
    majani.image.decode.xǁStripsǁread__mutmut_1: no tests
    majani.image.decode.x_decode__mutmut_1: suspicious
"""


def test_counts_by_module_what_tests_noticed() -> None:
    assert scores(RESULTS) == {"majani.decision.rules": (2, 3), "majani.image.decode": (0, 2)}


def test_knows_the_modules_that_it_plants_in() -> None:
    assert modules() == ["majani.decision.rules", "majani.image.decode"]
    assert all((ROOT / f"{name.replace('.', '/')}.py").is_file() for name in modules())
