"""Simulate rounds of reviews and record what they bring.

    python -m benchmarks.reviews [--record]

Needs the photos of the pipeline: ``dvc repro split``. Trains a first model without bean rust (about ten minutes on two
cores, and goes on after a kill), looks at all photos once (some minutes), then learns a hundred times from simulated
reviews (some minutes).
"""

import argparse
import warnings

from tqdm import tqdm

from benchmarks.reviews.base import WORK_DIR, base_bundle, base_head, embeddings
from benchmarks.reviews.curve import (
    COLLECTED,
    QUEUE,
    RANDOM,
    SEEDS,
    WITHOUT_KIN,
    Point,
    Scene,
    curve,
    examine,
    season,
)
from benchmarks.reviews.figures import (
    TABLE_FILE,
    curve_figures,
    curve_table,
    plot,
    poison_figures,
)
from benchmarks.reviews.learning import Model, Photos, calibrated
from benchmarks.reviews.poison import table
from benchmarks.reviews.queue import AtRandom, ByWorth, Order
from benchmarks.reviews.stream import NEW, parts
from majani.model.bundle import Bundle
from training.artifacts.files import is_sound_field
from training.figures import listing, record
from training.settings import Params, read_params


def set_up(params: Params) -> tuple[Scene, Bundle]:
    dealt = parts()
    bundle = base_bundle(dealt, params)
    seen = {
        name: Photos(rows, embeddings(bundle, rows, title=name))
        for name, rows in (("train", dealt.train), ("val", dealt.val), ("farmers", dealt.farmers), ("test", dealt.test))
    }
    val = seen["val"].where(seen["val"].rows["class_id"].isin([entry.id for entry in bundle.manifest.classes]))
    field = val.where(is_sound_field(val.rows))
    # Calibrated by the same code as all that are compared with it.
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    base: Model = calibrated(class_ids, base_head(), field, bundle.manifest, params)
    return Scene(base, seen["train"], val, seen["farmers"], seen["test"], params), bundle


def main() -> None:
    warnings.filterwarnings("ignore", module="pytorch_lightning")
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reviews", description=__doc__)
    parser.add_argument("--record", action="store_true", help="publish the figures")
    wants_record = parser.parse_args().record
    WORK_DIR.mkdir(parents=True, exist_ok=True)
    scene, bundle = set_up(read_params())
    answered = scene.base.best(scene.farmers)
    orders: dict[str, Order] = {
        QUEUE: ByWorth(bundle, scene.farmers, scene.val, answered),
        WITHOUT_KIN: ByWorth(bundle, scene.farmers, scene.val, answered, knows_kin=False),
        # Only cases of the new condition, as if an officer collected them: shows the effect of their number alone.
        COLLECTED: AtRandom(scene.farmers.rows[scene.farmers.rows["class_id"] == NEW]),
        RANDOM: AtRandom(scene.farmers.rows),
    }
    seasons = {
        name: [list(season(scene, order, seed=seed)) for seed in tqdm(SEEDS, desc=name)]
        for name, order in orders.items()
    }
    base, found = Point("", 0, 0.0, *examine(scene.base, scene.test)), list(curve(scene, seasons))
    points = curve_table(scene, found)
    print(points.to_string(index=False))
    poisoned = list(table(scene, seasons[QUEUE][0][-1].cases))
    figures = {**dict(curve_figures(scene, base, found)), **dict(poison_figures(scene, poisoned))}
    print(listing(figures))
    if wants_record:
        points.to_csv(TABLE_FILE, index=False)
        plot(points)
        record(figures)


if __name__ == "__main__":
    main()
