"""What the figures of the orchard rest on."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from benchmarks.elsewhere import orchard
from benchmarks.elsewhere.orchard import REVIEWED, Answered, adapted_figures
from majani.decision.diagnoser import Diagnoser
from majani.decision.diagnosis import PhotoResult
from tests.tiny_bundle import tiny_bundle
from tests.training.described import PARAMS_FILE
from training.adaptation import measure
from training.evaluation.figure_maker import FigureMaker
from training.settings import read_params

OTHERS = 5


def test_each_figure_counts_what_it_is_a_share_of(monkeypatch: pytest.MonkeyPatch) -> None:
    params, bundle = read_params(PARAMS_FILE), tiny_bundle()
    class_ids = [entry.id for entry in bundle.manifest.classes]
    shown = ["bean.rust", "bean.healthy"] * (REVIEWED + OTHERS)
    # Only rust is sure enough to be named.
    sure = [0.94 if entry == "bean.rust" else 0.22 for entry in shown]
    probabilities = np.array([[(1 - p) / 6] * 7 for p in sure], dtype=np.float32)
    probabilities[np.arange(len(shown)), [class_ids.index(entry) for entry in shown]] = sure
    rows = pd.DataFrame({"source": "orchard", "class_id": shown, "group": [f"{at}.jpg" for at in range(len(shown))]})
    photos = Answered(rows, probabilities, probabilities, [PhotoResult(used=True)] * len(shown))
    made = SimpleNamespace(bundle=bundle, verdict=SimpleNamespace(elsewhere=(), decision="promote"))
    monkeypatch.setattr(orchard, "known", lambda *_: (None, params))
    monkeypatch.setattr(orchard, "adapt", lambda *_: made)
    head = SimpleNamespace(
        class_ids=tuple(class_ids), answers=lambda embeddings: SimpleNamespace(probabilities=embeddings)
    )
    monkeypatch.setattr(measure, "head_of", lambda _: head)
    make = FigureMaker(bundle, params.evaluate, command="benchmark")
    found = adapted_figures(Diagnoser(bundle), photos, make, params)
    shares = {key: (entry.value, entry.n) for key, entry in found.items() if entry.unit == "%"}
    assert {key.removeprefix("orchard.adapted."): share for key, share in shares.items()} == {
        "top1": (100, 2 * OTHERS),
        "told": (100, 2 * OTHERS),
        "true_when_told": (100, 2 * OTHERS),
        "answered": (50, 2 * OTHERS),
        "right_when_answered": (100, OTHERS),
        "promoted": (100, 3),
    }
