"""What a district has taught is for workers until farmers may hear it; "none of these" only takes a name's place."""

from itertools import product
from types import SimpleNamespace

import numpy as np

from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import Diagnosis, PhotoResult
from majani.decision.practice import Effects, Practice, View, plan
from majani.decision.rules import Outcome
from majani.model.bundle import Bundle, ClassEntry, Manifest, SaidTo
from majani.taxonomy import Kind
from tests.picture_files import encoded
from tests.pictures import textured
from tests.tiny_bundle import tiny_bundle_with_situations, tiny_district_bundle

MILDEW, OTHER = "bean.powdery_mildew", "bean.other"


def taught(said_to: SaidTo | None) -> Manifest:
    """The tiny bundle with two classes more."""
    manifest = tiny_bundle_with_situations().manifest
    new = (
        ClassEntry(id=MILDEW, name="ubwiru", crop="bean", kind=Kind.FUNGUS, said_to=said_to),
        ClassEntry(id=OTHER, name="none of these", crop="bean", said_to=SaidTo.NOBODY),
    )
    return manifest.model_copy(update={"classes": (*manifest.classes[:-2], *new, *manifest.classes[-2:])})


def said(manifest: Manifest, crop: str | None = "bean", **shares: float) -> Diagnosis:
    """The answer to one photo; shares of bean's conditions by the end of their ids."""
    of = {f"bean.{name}": share for name, share in shares.items()}
    belief = np.array([of.get(entry.id, 0.0) for entry in manifest.classes], dtype=np.float32)
    network = SimpleNamespace(predictor=SimpleNamespace(sharing=lambda _: None))
    diagnoser = Diagnoser(Bundle(manifest, b""), on=network)
    return diagnoser.conclude([belief / belief.sum()], photos=(PhotoResult(used=True),), crop_hint=crop)


def test_workers_read_what_farmers_may_not_hear_yet() -> None:
    answer = said(taught(SaidTo.WORKERS), powdery_mildew=0.9, rust=0.1)
    assert (answer.outcome, answer.condition, answer.one_of, answer.leading) == (Outcome.UNCERTAIN, *[None] * 3)
    assert answer.for_workers is not None
    assert (answer.for_workers.id, answer.for_workers.name) == (MILDEW, "ubwiru")
    named = said(taught(None), powdery_mildew=0.9, rust=0.1)
    assert named.condition is not None
    assert (named.condition.id, named.for_workers) == (MILDEW, None)


def test_what_is_taught_enters_sets_but_is_never_one_alone() -> None:
    for shares in ({"powdery_mildew": 0.55, "rust": 0.45}, {"powdery_mildew": 0.74, "rust": 0.16, "healthy": 0.1}):
        answer = said(taught(SaidTo.WORKERS), **shares)
        assert answer.one_of is not None
        assert [one.id for one in answer.one_of.conditions] == [MILDEW, "bean.rust"]


def test_none_of_these_is_never_said_and_silences_the_rest() -> None:
    for crop in ("bean", None):
        answer = said(taught(None), crop, other=0.9, rust=0.1)
        assert (answer.outcome, answer.condition, answer.one_of, answer.for_workers) == (Outcome.UNCERTAIN, *[None] * 3)
        assert OTHER not in [one.id for one in answer.candidates]
        assert answer.coarse is None or not answer.coarse.sick
        # A little of it takes a name's place too.
        assert said(taught(None), crop, other=0.4, rust=0.6).condition is None


def test_of_a_crop_taught_with_one_condition_farmers_hear_nothing() -> None:
    diagnoser, colours = Diagnoser(tiny_district_bundle()), [(200, 20, 20), (40, 180, 40), (120, 110, 100)]
    for colour, crop in product([*colours, (190, 150, 40)], ("kola", None)):
        answer = diagnoser.diagnose(encoded(textured(colour)), crop)
        said = answer.model_copy(update={"for_workers": None, "crop_hint": None})
        assert "kola" not in said.model_dump_json()
        assert answer.for_workers is None or answer.listed == ()
        assert answer.district == "Kitui"


def test_today_nothing_is_to_do_that_may_harm_what_the_office_knows() -> None:
    answer = said(taught(SaidTo.WORKERS), powdery_mildew=0.9, rust=0.1)
    practices = [Practice(id=one, reversible=True, free=True, harmless=one == "look") for one in ("prune", "look")]
    known = {"urgent": False, "confused_with": (), "view": View.LEAF, "helps": ("prune", "look"), "indifferent": ()}
    chosen = plan(answer, practices, {"bean.rust": Effects(parent="leaf_spot", **known)}).practices
    assert [one.id for one in chosen] == ["look"]
