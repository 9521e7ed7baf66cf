"""Beliefs about a plant, and rules to decide by, for tests of the decision."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from majani.model.bundle import ClassEntry, Manifest
from majani.model.predictor import Floats
from majani.taxonomy import Action, Kind
from tests.tiny_bundle import tiny_bundle

BELOW = 2**-12  # the step to just below a threshold


def rules_manifest(**rules: Any) -> Manifest:
    """The tiny manifest with a second kind of trouble on beans, which makes six conditions.

    Each calibrated number is the share itself; limits are binary fractions, so that sums meet them exactly.
    """
    tiny = tiny_bundle().manifest
    blight = ClassEntry(
        id="bean.blight", name="bean blight", crop="bean", parent="blight", kind=Kind.BACTERIUM, action=Action.SPRAY
    )
    changed = tiny.rules.model_copy(update={"shows": 0.625, "hint_factor": 0.25, **rules})
    return tiny.model_copy(update={"classes": (blight, *tiny.classes), "rules": changed})


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
