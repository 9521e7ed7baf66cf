"""Beliefs about a plant, and rules to decide by, for tests of the decision."""

import numpy as np
from hypothesis import strategies as st

from majani.model.bundle import ClassEntry, DecisionRules, Manifest, Thresholds
from majani.model.predictor import Floats
from majani.taxonomy import Action, Kind
from tests.tiny_bundle import tiny_bundle

# Binary fractions, so that sums meet their thresholds exactly.
THRESHOLDS = Thresholds(answer=0.75, reject=0.5, coarse=0.625)
BELOW = 2**-12  # the step to just below a threshold


def rules_manifest(thresholds: Thresholds = THRESHOLDS, hint_factor: float = 0.25) -> Manifest:
    """The tiny manifest with a second kind of trouble on beans, which makes six conditions."""
    tiny = tiny_bundle().manifest
    blight = ClassEntry(
        id="bean.blight", name="bean blight", crop="bean", parent="blight", kind=Kind.BACTERIUM, action=Action.SPRAY
    )
    rules = DecisionRules(thresholds=thresholds, hint_factor=hint_factor, quality=tiny.rules.quality)
    return tiny.model_copy(update={"classes": (blight, *tiny.classes), "rules": rules})


MANIFEST = rules_manifest()
IDS = tuple(entry.id for entry in MANIFEST.classes)


def belief(**mass: float) -> Floats:
    """A belief of this mass per class, written ``bean__rust=0.5``; the others have none."""
    by_id = {name.replace("__", "."): value for name, value in mass.items()}
    assert set(by_id) <= set(IDS)
    return np.array([by_id.get(id_, 0.0) for id_ in IDS], dtype=np.float32)


def vectors(size: int = len(IDS)) -> st.SearchStrategy[Floats]:
    """Any probability vector, certain and even ones included."""
    weights = st.lists(st.floats(0, 1, width=32), min_size=size, max_size=size).filter(lambda one: sum(one) > 1e-3)
    return weights.map(lambda one: np.asarray(np.array(one) / np.sum(one), dtype=np.float32))
