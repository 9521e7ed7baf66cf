"""What 0.2.0 says of the photos that ``--places`` teaches and asks about, in a clone of it.

    python -m benchmarks.elsewhere --draws draws.json
    git clone . ../former && git -C ../former checkout 38d3ce79
    cd ../former && PYTHONPATH=. python ../majani/benchmarks/elsewhere/former.py ../majani/draws.json

Needs ``MAJANI_MIRROR`` and the environment of today. Where its gate keeps the running bundle, that answers.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial, reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd


class Former:
    """The running bundle of a clone, and its way to adapt it."""

    def __init__(self, mirror: Path) -> None:
        # Of the clone: today's have other names and forms.
        self._adapt, stage = (import_module(f"training.{room}.adapt") for room in ("adaptation", "stages"))
        self._rules, embedding = import_module("majani.decision.rules"), import_module("training.bundle.embedding")
        bundles, self._seen = import_module("majani.model.bundle"), import_module("training.calibration.seen_photos")
        self._bundle = bundles.read_bundle(import_module("training.artifacts").CURRENT_DIR)
        self._known = stage.known(self._bundle, import_module("training.settings").read_params())
        model = onnx.load_model_from_string(self._bundle.model)
        self._network = import_module("training.bundle.graph").network_sha256(model)
        predictor = import_module("majani.model.predictor").Predictor(self._bundle, threads=1)
        decode, self._ways = import_module("majani.image.decode").decode, embedding.WAYS
        self._look = cache(lambda photo, way: predictor.predict(way(decode((mirror / photo).read_bytes()))).embedding)

    def adapted(self, source: str, taught: Mapping[str, str]) -> Any:
        """The bundle that answers in the district afterwards; ``taught`` has the condition of each photo."""
        rows = pd.DataFrame({"photo": list(taught), "sha256": list(taught), "class_id": list(taught.values())})
        rows = rows.assign(group=rows["photo"], source=source, domain="field", doubt="", split="", weight=0.0)
        rows = rows.assign(side_px=256, luminance=100.0, sharpness=100.0)[list(self._seen.KEPT)]
        ways = (self._seen.SeenPhotos(rows, self._embeddings(taught, way), self._network) for way in self._ways)
        kept, places, params = self._known
        district = self._adapt.District(source, reduce(self._seen.SeenPhotos.and_also, ways))
        made = self._adapt.adapt(self._bundle, kept, district, places, params)
        return made.bundle if made.verdict.decision == "promote" else self._bundle

    def named(self, bundle: Any, photos: Sequence[str], crop: str) -> Iterator[str]:
        """What each photo is named, its crop named by the sender; empty if nothing."""
        about = {"manifest": bundle.manifest, "crop": crop}
        beliefs = self._adapt.head_of(bundle).answers(self._embeddings(photos, self._ways[0])).probabilities
        for belief in beliefs:
            yield self._rules.decide(self._rules.apply_crop_hint(belief, **about), **about).condition or ""

    def _embeddings(self, photos: Sequence[str] | Mapping[str, str], way: partial[Any]) -> Any:
        return np.array([self._look(photo, way) for photo in photos], dtype=np.float32)


def main() -> None:
    """Print what is said in each place, mean of its draws."""
    former, means = Former(Path(os.environ["MAJANI_MIRROR"])), []
    for source, draws in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")).items():
        shares, right, answered, strangers = [], 0, 0, []
        for taught, asked in draws:
            crop = next(iter(taught.values())).partition(".")[0]
            bundle = former.adapted(source, taught)
            said = dict(zip(asked, former.named(bundle, list(asked), crop), strict=True))
            known = [photo for photo, truth in asked.items() if not truth.endswith(".unknown")]
            named = [photo for photo in known if said[photo]]
            shares.append(len(named) / len(known))
            right, answered = right + sum(said[one] == asked[one] for one in named), answered + len(named)
            strangers += [said[photo] in taught.values() for photo in asked if photo not in known]
        means.append(float(np.mean(shares)))
        called = f"; not taught, named as taught: {sum(strangers)} of {len(strangers)}" if strangers else ""
        print(f"{source}: said {100 * means[-1]:.1f} %, right {right} of {answered}{called}", flush=True)
    print(f"mean of places: said {100 * np.mean(means):.1f} %")


if __name__ == "__main__":
    main()
