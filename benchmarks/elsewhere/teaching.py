"""What a bundle learns from a few photos of places that its network has not seen; ``--teach`` and ``--places`` show it.

Three draws of the photos that are taught, the others are asked about with their crop named, by a head that has learned
nothing else of the place. "Said" is a condition that is named, as most likely or as probable; "told" is that or a list.
Some of these photos may only be asked about, so what was taught is thrown away. Labels and groups as ``MAJANI_MIRROR``
has them; where it tells no session, each leaf is taken to be of a visit of its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pandas as pd

from benchmarks.elsewhere.orchard import DRAWS, ORCHARD, ORCHARD_CLASSES
from benchmarks.elsewhere.reviewed import draw
from majani.model.bundle import Bundle, ClassEntry, NamedId
from majani.model.head import Head, LinearLayer
from majani.taxonomy import HEALTHY, Kind
from training.adaptation.adapt import Adapted, District, Kept, adapt
from training.adaptation.heads import in_full
from training.adaptation.measure import answers_of, head_of
from training.artifacts.embeddings import KEPT, EmbeddingTable, read_embeddings, write_embeddings
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256
from training.calibration.head import fit_calibrated_head
from training.evaluation.intervals import share_interval
from training.settings import Params, Resampling

CACHE_DIR = Path("build/elsewhere")
_FEW, _MANY = 10, 40
_MILDEW = {"powdery_mildew": "apple.powdery_mildew"}
# Places that the network has not seen, with conditions that the bundle knows.
_PLACES = {
    "potato_pld": {one: f"potato.{one}" for one in ("early_blight", "late_blight", "healthy")},
    "coffee_conilon": {one: f"coffee.{one}" for one in ("healthy", "leaf_miner")},
    "tomato_sylhet": {one: f"tomato.{one}" for one in ("early_blight", "late_blight", "healthy")},
    "bean_eastafrica": {"angular_leaf_spot": "bean.angular_leaf_spot", "bean_rust": "bean.rust"},
    "apple_atldsd": {"healthy": "apple.healthy", "rust": "apple.cedar_apple_rust"},
}
# Three conditions of a crop and more, also such as the bundle does not know.
_CROPS = {
    "potato_pld": _PLACES["potato_pld"],
    "coffee_conilon": _PLACES["coffee_conilon"] | {"red_mite": "coffee.red_mite"},
    "apple_atldsd": _PLACES["apple_atldsd"]
    | {"gray_spot": "apple.gray_spot", "alternaria_leaf_spot": "apple.alternaria_leaf_spot"},
    "tomato_sylhet": _PLACES["tomato_sylhet"],
}
_RICE = {"BrownSpot": "rice.brown_spot", "LeafBlast": "rice.blast", "Hispa": "rice.hispa", "Healthy": "rice.healthy"}
_BURST, _SESSION = re.compile(r"burst\d+"), re.compile(r"\d{4}_\d\dh")


@dataclass(frozen=True)
class Taught:
    """One draw: what was made, and what is said of the photos that were not taught."""

    made: Adapted
    said: pd.DataFrame
    lost: float


class Teaching:
    """A bundle with what is kept for it, and photos of the mirror."""

    def __init__(self, bundle: Bundle, kept: Kept, params: Params, mirror: Path) -> None:
        self.bundle, self.kept, self.params, self.mirror = bundle, kept, params, mirror

    def photos(self, source: str) -> EmbeddingTable:
        """All photos of a folder of the mirror, seen once and kept below ``build``; ``class_id`` is the folder."""
        network = network_sha256(onnx.load_model_from_string(self.bundle.model))
        file = CACHE_DIR / network[:8] / f"{source}.npz"
        if not file.exists():
            # Seeing takes long; most runs find it done.
            from training.adaptation.photos import seen_by  # noqa: PLC0415

            found = sorted((self.mirror / source).rglob("*.jpg"))
            names = pd.Series([path.relative_to(self.mirror).as_posix() for path in found])
            rows = pd.DataFrame({"photo": names, "sha256": names, "class_id": names.str.split("/").str[-2]}).assign(
                group=names, side_px=256, luminance=100.0, sharpness=100.0
            )
            rows = rows.assign(source=source, domain="field", doubt="", terms="", split="", weight=0.0)
            write_embeddings(seen_by(self.bundle, self.mirror, rows[list(KEPT)], network, title=source), file)
        seen = read_embeddings(file)
        group = [burst[0] if (burst := _BURST.search(name)) else name for name in seen.rows["photo"]]
        visits = [hour[0] if (hour := _SESSION.search(name)) else name for name in group]
        return replace(seen, rows=seen.rows.assign(group=group, visit=visits))

    def taught(self, seen: EmbeddingTable, ids: dict[str, str], photos: int, seed: int) -> Taught:
        """Teach so many photos of each condition, and ask about the rest of the folder."""
        seen = _labelled(seen, ids)
        local = _drawn(seen, ids, photos, seed)
        known = {entry.id for entry in self.bundle.manifest.classes}
        new = sorted(set(ids.values()) - known)
        entries = tuple(
            ClassEntry(
                id=one,
                name=one,
                crop=one.partition(".")[0],
                kind=Kind.HEALTHY if one.endswith(f".{HEALTHY}") else Kind.COMPLEX,
            )
            for one in new
        )
        crops = sorted({entry.crop or "" for entry in entries} - {crop.id for crop in self.bundle.manifest.crops})
        district = District("tried", local, entries, tuple(NamedId(id=one, name=one) for one in crops))
        made = adapt(self.bundle, self.kept, district, self.params)
        rest = _beside(seen, local)
        said = answers_of(made.bundle, replace(rest, rows=_with_unknown(rest.rows, ids)))
        was, now = (
            np.array(one.answers(self.kept.tested.embeddings).best()) == self.kept.tested.rows["class_id"].to_numpy()
            for one in (head_of(self.bundle), head_of(made.bundle))
        )
        return Taught(made, said, 100 * float(was.mean() - now.mean()))

    def away_from(self, source: str) -> "Teaching":
        """As if the head had learned nothing of a place."""
        kept = Kept(*(one.where(one.rows["source"] != source) for one in (self.kept.learned, self.kept.tested)))
        if len(kept.learned.rows) == len(self.kept.learned.rows):
            return self
        head = fit_calibrated_head(in_full(kept.learned), head_of(self.bundle).class_ids, self.params.calibrate)
        bundle = with_head_file(self.bundle, head, in_graph=False)
        return Teaching(bundle, kept, self.params, self.mirror)

    def without(self, crop: str) -> "Teaching":
        """As if the bundle had never heard of a crop; its network has seen some of its leaves all the same."""
        own = [entry.id for entry in self.bundle.manifest.classes if entry.crop == crop]
        head, former = head_of(self.bundle), self.bundle.manifest
        kept_rows = [at for at, one in enumerate(head.class_ids) if one not in own]
        layer = LinearLayer(head.layer.weights[kept_rows], head.layer.bias[kept_rows])
        network = network_sha256(onnx.load_model_from_string(self.bundle.model))
        manifest = former.model_copy(
            update={
                "classes": tuple(entry for entry in former.classes if entry.id not in own),
                "crops": tuple(one for one in former.crops if one.id != crop),
                "other_troubles": {name: of for name, of in former.other_troubles.items() if name != crop},
                "schema_version": 4,
                "model": former.model.model_copy(update={"network": network}),
            }
        )
        class_ids = tuple(one for one in head.class_ids if one not in own)
        bundle = with_head_file(
            replace(self.bundle, manifest=manifest), Head(class_ids, layer, head.calibration), in_graph=False
        )
        kept = Kept(*(one.where(~one.rows["class_id"].isin(own)) for one in (self.kept.learned, self.kept.tested)))
        return Teaching(bundle, kept, self.params, self.mirror)


def _labelled(seen: EmbeddingTable, ids: Mapping[str, str]) -> EmbeddingTable:
    class_id = seen.rows["class_id"].map(ids).fillna(seen.rows["source"].iloc[0] + "." + seen.rows["class_id"])
    return replace(seen, rows=seen.rows.assign(class_id=class_id))


def _drawn(seen: EmbeddingTable, ids: Mapping[str, str], photos: int, seed: int) -> EmbeddingTable:
    here = seen.where(seen.rows["class_id"].isin(ids.values()))
    return here.where(draw(here.rows, photos, seed=seed))


def _beside(seen: EmbeddingTable, local: EmbeddingTable) -> EmbeddingTable:
    return seen.where(~seen.rows["photo"].isin(local.rows["photo"]) & ~seen.rows["group"].isin(local.rows["group"]))


def _with_unknown(rows: pd.DataFrame, ids: Mapping[str, str]) -> pd.DataFrame:
    crop = next(iter(ids.values())).partition(".")[0]
    return rows.assign(class_id=rows["class_id"].where(rows["class_id"].isin(ids.values()), f"{crop}.unknown"))


def table(teaching: Teaching) -> Iterator[str]:
    """All rows that the orchard has a part in, each as soon as it is known.

    Mean of three draws, their range, 95 % interval of their photos.
    """
    both = ORCHARD_CLASSES | _MILDEW
    runs = _draws(teaching, ORCHARD, both, _FEW)
    yield from _top1("new condition beside four known ones, ten photos", runs, list(both.values()))
    yield from _top1("  the new one", runs, list(_MILDEW.values()))
    yield f"  test photos of others lost, points: {[round(run.lost, 2) for run in runs]}"
    yield from _taught("district, known conditions, ten photos", teaching, ORCHARD, ORCHARD_CLASSES, _FEW)
    for photos in (_FEW, _MANY):
        three = dict(list(ORCHARD_CLASSES.items())[:3])
        yield from _taught(f"new crop, {photos} photos", teaching.without("apple"), ORCHARD, three, photos)


def places_table(teaching: Teaching) -> Iterator[str]:
    """The same of places that are not kept apart; strangers are conditions that are left out one after another."""
    for source, ids in _PLACES.items():
        yield from _taught("district, known conditions, ten photos", teaching.away_from(source), source, ids, _FEW)
    for source, ids in _CROPS.items():
        away, crop = teaching.away_from(source), next(iter(ids.values())).partition(".")[0]
        for condition in (one for one in ids if one != HEALTHY):
            rest = {one: class_id for one, class_id in ids.items() if one != condition}
            yield from _taught(f"{condition} not taught, others ten photos", away, source, rest, _FEW, out=condition)
        counts = teaching.photos(source).rows["class_id"].value_counts()
        for photos in (_FEW, _MANY)[: 1 + (min(counts[one] for one in ids) > _MANY)]:
            yield from _taught(f"new crop, {photos} photos", away.without(crop), source, ids, photos)
    yield from _taught("new crop, ten photos, noisy labels", teaching, "rice_white", _RICE, _FEW)


def _draws(teaching: Teaching, source: str, ids: dict[str, str], photos: int, out: str = "") -> list[Taught]:
    seen, seed = teaching.photos(source), teaching.params.adapt.seed
    seen = seen.where(seen.rows["class_id"].isin([*ids, out])) if out else _single(seen)
    return [teaching.taught(seen, ids, photos, seed + number) for number in range(DRAWS)]


def _single(seen: EmbeddingTable) -> EmbeddingTable:
    """What shows several conditions at once is no stranger."""
    return seen.where(seen.rows["class_id"] != "mixed")


def _taught(
    title: str, teaching: Teaching, source: str, ids: dict[str, str], photos: int, *, out: str = ""
) -> Iterator[str]:
    runs, known = _draws(teaching, source, ids, photos, out), list(ids.values())
    yield from _top1(f"{source}: {title}", runs, known)
    yield from _said(runs, known)
    yield from _unknown(runs, known)
    yield f"  test photos of others lost, points: {[round(run.lost, 2) for run in runs]}"


def _share(title: str, hits: Sequence[npt.NDArray[np.bool_]], groups: Sequence["pd.Series[str]"]) -> str:
    """Mean of the draws, their range, and the interval of all their photos; a photo of several draws is one."""
    means = [100 * float(hit.mean()) for hit in hits if len(hit)]
    if not means:
        return f"{title}: none"
    together = np.concatenate(hits)
    low, high = share_interval(together, pd.concat(groups, ignore_index=True), Resampling(seed=1, resamples=2000))
    return (
        f"{title}: {np.mean(means):.1f} % ({min(means):.1f} - {max(means):.1f}), "
        f"n={round(len(together) / len(means))} a draw, {100 * low:.0f} - {100 * high:.0f}"
    )


def _top1(title: str, runs: Sequence[Taught], ids: Sequence[str]) -> Iterator[str]:
    said = [run.said[run.said["class_id"].isin(ids)] for run in runs]
    hits = [(one["first_after"] == one["class_id"]).to_numpy() for one in said]
    yield _share(f"{title}: top-1", hits, [one["group"] for one in said])


def _said(runs: Sequence[Taught], ids: Sequence[str]) -> Iterator[str]:
    known = [run.said[run.said["class_id"].isin(ids)] for run in runs]
    yield _share("  said", [(one["named_after"] != "").to_numpy() for one in known], [one["group"] for one in known])
    answered = [one[one["named_after"] != ""] for one in known]
    hits = [(one["named_after"] == one["class_id"]).to_numpy() for one in answered]
    yield _share("  right when said", hits, [one["group"] for one in answered])
    told = [one[one["listed_after"].map(len) > 0] for one in known]
    yield f"  told: {100 * sum(map(len, told)) / sum(map(len, known)):.1f} %"
    hits = [
        np.array([truth in ids for truth, ids in zip(one["class_id"], one["listed_after"], strict=True)], dtype=bool)
        for one in told
    ]
    yield _share("  true when told", hits, [one["group"] for one in told])


def _unknown(runs: Sequence[Taught], taught: Sequence[str]) -> Iterator[str]:
    unknown = [run.said[run.said["class_id"].str.endswith(".unknown")] for run in runs]
    hits = [one["named_after"].isin(taught).to_numpy() for one in unknown]
    if sum(map(len, hits)):
        groups = [one["group"] for one in unknown]
        yield _share("  conditions that were not taught: said to be a taught one", hits, groups)
