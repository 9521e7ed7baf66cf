"""Teach the running bundle what a district has photographed, and let the district's gate judge the result.

Its conditions get rows of the head that are fitted to its photos and to kept embeddings of known ones: known conditions
anew, and new ones of known or new crops. All others keep their rows, their thresholds and the calibration. The network
stays the same file, so nothing is trained and no photo of others is needed.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import onnx
import pandas as pd

from majani.decision.rules import Decision, apply_crop_hint, decide
from majani.labels import OTHER
from majani.model.bundle import Adaptation, Bundle, ClassEntry, Manifest, NamedId, SaidTo, sha256_hex
from majani.model.head import Answers, Floats, Head
from majani.model.head_file import read_head
from majani.taxonomy import HEALTHY
from training.adaptation.gate import Labels, Verdict, judge_district
from training.adaptation.heads import cross_validated, fit_with, in_full, scaling_of, with_rows, without
from training.adaptation.rules import MIN_VISITS, Asked, rules_for, taught_as_a_whole, visits_of
from training.artifacts.embeddings import EmbeddingTable
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256, read_calibration
from training.bundle.graph import read_head as read_layer
from training.calibration.head import fit_calibrated_head
from training.calibration.situations import Place
from training.evaluation.metrics import predictions
from training.release.gate import Outcomes, judge
from training.settings import Params

# Of a crop with fewer taught conditions, leaving one out would say little of what is not known.
_ENOUGH_TO_LEAVE_OUT = 3
_TINY = 1e-9
_AT_ONCE = 256
# Heads that learn a wrong label believe it; see docs/research/2026-11-30-doubtful-labels.md.
_DOUBTED, _TIMES_DOUBTED = 0.2, 2


class AdaptationError(Exception):
    """There is nothing to learn from, or what is kept belongs to another network."""


@dataclass(frozen=True)
class District:
    """Whom a bundle is for, and what the running network sees in its photos.

    Attributes:
        name: Of the district.
        photos: Rows have the column ``visit`` too: farm, day and phone, or empty.
        entries: Of conditions that the running bundle does not know.
        crops: Likewise of crops.
        with_texts: Ids of conditions on which farmers have a reviewed text and practices.
    """

    name: str
    photos: EmbeddingTable
    entries: tuple[ClassEntry, ...] = ()
    crops: tuple[NamedId, ...] = ()
    with_texts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kept:
    """What the running network sees in photos that it learned from, and in test photos: for thresholds and the gate."""

    learned: EmbeddingTable
    tested: EmbeddingTable


@dataclass(frozen=True)
class Adapted:
    """The new bundle, the gate's verdict, and what became of each photo while heads that had not seen it answered.

    Attributes:
        photos: Columns of the district's rows, and ``before``, ``after`` (the likeliest condition, its crop named),
            ``named_before``, ``named_after`` (see :func:`said_alone`), and of heads that did not learn the most
            doubtful labels ``belief`` in the label, 0..1, and ``instead``, their likeliest condition.
        strangers: The same of conditions that were left out one after another; None where there are too few.
    """

    bundle: Bundle
    verdict: Verdict
    photos: pd.DataFrame
    strangers: pd.DataFrame | None


def adapt(bundle: Bundle, kept: Kept, district: District, places: Sequence[Place], params: Params) -> Adapted:
    """Make and judge a bundle for a district.

    Args:
        bundle: The running one.
        kept: What its network sees in known photos.
        district: What it is taught.
        places: Simulated adaptations, see :func:`training.adaptation.heads.simulated`.
        params: Settings.

    Raises:
        AdaptationError: If there is no photo, or the embeddings are of another network.
    """
    network = network_sha256(onnx.load_model_from_string(bundle.model))
    if network != kept.learned.network:
        raise AdaptationError(
            f"the kept embeddings are not those of bundle {bundle.manifest.version}; `dvc repro embed` makes them anew"
        )
    local = district.photos
    if local.rows.empty:
        raise AdaptationError("there is no photo to learn from")
    known_photos = len(kept.learned.rows)
    # The district's photos may be among those that are kept, and would be asked of a head that has learned them.
    kept = Kept(_without_photos(kept.learned, local), _without_photos(kept.tested, local))
    before = head_of(bundle)
    if len(kept.learned.rows) < known_photos:
        before = fit_calibrated_head(in_full(kept.learned), before.class_ids, params.calibrate)
    new = tuple(entry.id for entry in district.entries)
    base = with_rows(head_of(bundle), new)
    scaling = scaling_of(kept.learned, params.adapt)
    settings = (params.adapt, params.calibrate)
    head = fit_with(base, kept.learned, local, *settings, scaling=scaling)
    fair = with_rows(before, new)
    # Whole farms and days, where leaving one out leaves enough to learn from.
    is_spread = local.rows["class_id"].map(visits_of(local.rows)) >= MIN_VISITS
    apart = local.rows["visit"].where(is_spread & (local.rows["visit"] != ""), local.rows["group"])
    local = replace(local, rows=local.rows.assign(apart=apart))
    taken = local.as_taken()

    def unseen(doubted: Collection[str] = (), by: str = "apart") -> Place:
        said = cross_validated(fair, kept.learned, local, *settings, scaling=scaling, by=by, doubted=doubted)
        return Place(district.name, Answers(base.class_ids, said), taken.rows)

    asked = Asked(
        here=unseen(),
        strangers=_strangers(fair, kept.learned, local, params, scaling),
        elsewhere=_elsewhere(kept.tested, head, taken),
    )
    rules = rules_for(bundle.manifest.rules, asked, places, new, params)
    made = _assembled(bundle, network, head, district, rules=rules, params=params)
    running = before.answers(taken.embeddings)
    photos = _doubting(_answered(bundle, made, running, asked), made.manifest, unseen)
    strangers = None if asked.strangers is None else decided(made.manifest, asked.strangers)
    outcomes = [
        Outcomes.of(predictions(one, answers_in_turn(of, kept.tested.embeddings), kept.tested.rows))
        for one, of in ((made, head), (bundle, head_of(bundle)))
    ]
    versions = (made.manifest.version, bundle.manifest.version)
    elsewhere = judge(kept.tested.rows, *outcomes, params=params.gate, versions=versions)
    several = "reviewer" in photos and photos["reviewer"].nunique() > 1
    said = [running, unseen(by="reviewer").answers if several else running]
    labels = Labels(photos, *(pd.DataFrame(one.probabilities, columns=list(one.class_ids)) for one in said))
    verdict = judge_district(labels, elsewhere.table, params)
    return Adapted(made, verdict, photos, strangers)


def head_of(bundle: Bundle) -> Head:
    """The head and the calibration of a bundle."""
    if bundle.head is not None:
        return read_head(bundle.head).head
    model = onnx.load_model_from_string(bundle.model)
    class_ids = tuple(entry.id for entry in bundle.manifest.classes)
    return Head(class_ids, read_layer(model), read_calibration(model))


def answers_in_turn(head: Head, embeddings: Floats) -> Answers:
    """As :meth:`Head.answers`, whose comparison with all classes takes a megabyte for few photos."""
    parts = np.array_split(embeddings, range(_AT_ONCE, len(embeddings), _AT_ONCE))
    return Answers(head.class_ids, np.concatenate([head.answers(part).probabilities for part in parts]))


def _without_photos(kept: EmbeddingTable, local: EmbeddingTable) -> EmbeddingTable:
    """Carried photos have eight digits of their checksums."""
    is_here = kept.rows["sha256"].str[:8].isin(local.rows["sha256"].str[:8])
    return kept.where(~is_here) if is_here.any() else kept


def _strangers(
    head: Head, seen: EmbeddingTable, local: EmbeddingTable, params: Params, scaling: Floats
) -> Place | None:
    """What is said of sick leaves whose conditions are left out one after another: so many will be strangers, too."""
    ids = sorted(set(local.rows["class_id"]))
    taught, parts = Counter(class_id.partition(".")[0] for class_id in ids), []
    for class_id in (one for one in ids if not one.endswith(f".{HEALTHY}")):
        crop, is_it = class_id.partition(".")[0], local.rows["class_id"] == class_id
        if taught[crop] < _ENOUGH_TO_LEAVE_OUT:
            continue
        # Out of what is learned, without a copy of the embeddings.
        split = seen.rows["split"].where(seen.rows["class_id"] != class_id, "")
        others = replace(seen, rows=seen.rows.assign(split=split))
        fitted = fit_with(
            without(head, class_id), others, local.where(~is_it), params.adapt, params.calibrate, scaling=scaling
        )
        out = local.where(is_it).as_taken()
        parts.append((fitted.answers(out.embeddings).probabilities, out.rows))
    if not parts:
        return None
    probabilities, rows = zip(*parts, strict=True)
    return Place(
        "strangers", Answers(head.class_ids, np.concatenate(probabilities)), pd.concat(rows, ignore_index=True)
    )


def _elsewhere(tested: EmbeddingTable, head: Head, local: EmbeddingTable) -> Place:
    crops = local.rows["class_id"].str.partition(".")[0]
    others = tested.where(~tested.rows["class_id"].str.partition(".")[0].isin(crops))
    return Place("elsewhere", answers_in_turn(head, others.embeddings), others.rows)


def _assembled(
    bundle: Bundle, network: str, head: Head, district: District, *, rules: object, params: Params
) -> Bundle:
    """The same network with the head beside it, and a manifest that says who may hear of what."""
    former, taken = bundle.manifest, district.photos.as_taken().rows
    entries = {entry.id: entry for entry in (*former.classes, *district.entries)}
    silent = _for_workers(former, district, params.adapt.min_photos)
    classes = tuple(
        entries[one].model_copy(update={"said_to": SaidTo.WORKERS}) if one in silent else entries[one]
        for one in head.class_ids
    )
    about = Adaptation(
        place=district.name,
        photos=len(taken),
        cases=int(taken["group"].nunique()),
        from_version=former.version,
    )
    digest = sha256_hex(head.layer.weights.tobytes() + f"{rules}{classes}".encode())[:8]
    changes = {
        "rules": rules,
        "adapted_to": about,
        "version": f"{datetime.now(UTC):%Y.%m.%d}-{digest}",
        "schema_version": 3,
        "model": former.model.model_copy(update={"network": network}),
        "crops": (*former.crops, *district.crops),
        "classes": classes,
        "metrics": {},
        "validation_photos": None,
    }
    made = with_head_file(replace(bundle, manifest=former.model_copy(update=changes)), head, in_graph=False)
    # What was copied is checked like what is read.
    return replace(made, manifest=Manifest.model_validate(made.manifest.model_dump()))


def _for_workers(former: Manifest, district: District, enough: int) -> frozenset[str]:
    """Taught conditions that farmers may not hear by name yet."""
    rows = district.photos.as_taken().rows
    known = {entry.id for entry in former.classes}
    rules = former.rules.of_case(photos=1, crop_named=True)
    heard = {one for one in known if rules.threshold(one) < 1}
    ready = heard | (taught_as_a_whole(rows, enough) & (known | district.with_texts))
    return frozenset(one for one in rows["class_id"] if not one.endswith(f".{OTHER}") and one not in ready)


def _answered(former: Bundle, made: Bundle, before: Answers, asked: Asked) -> pd.DataFrame:
    """See :class:`Adapted`."""
    was = decided(former.manifest, replace(asked.here, answers=before))
    now = decided(made.manifest, asked.here)
    return now.assign(before=was["after"], named_before=was["named_after"])


def _doubting(photos: pd.DataFrame, manifest: Manifest, unseen: Callable[[Collection[str]], Place]) -> pd.DataFrame:
    """The photos with what heads make of them that did not learn the most doubtful labels of each condition."""
    for _ in range(_TIMES_DOUBTED):
        place = photos.groupby("class_id")["belief"].rank(method="first", pct=True)
        said = decided(manifest, unseen(set(photos.loc[place <= _DOUBTED, "photo"])))
        photos = photos.assign(belief=said["belief"], instead=said["after"])
    return photos


def decided(manifest: Manifest, place: Place) -> pd.DataFrame:
    """What is said of each photo with its crop named; ``told_after`` is what is said alone, or the set."""
    position = {class_id: at for at, class_id in enumerate(place.answers.class_ids)}
    found = []
    for class_id, belief in zip(place.rows["class_id"], place.answers.probabilities, strict=True):
        crop = class_id.partition(".")[0]
        own = [one for one in position if one.startswith(f"{crop}.")]
        shares = belief[[position[one] for one in own]]
        truth = belief[position[class_id]] if class_id in position else 0.0
        decision = _decision(manifest, belief, crop)
        best = own[int(shares.argmax())] if own else ""
        alone = said_alone(decision)
        told = (alone,) if alone else tuple(one.id for one in decision.one_of) if decision else ()
        found.append((best, alone, told, float(truth / max(shares.sum(), _TINY)) if own else 0.0))
    columns = pd.DataFrame(found, columns=["after", "named_after", "told_after", "belief"])
    return pd.concat([place.rows.reset_index(drop=True), columns], axis=1)


def said_alone(decision: Decision | None) -> str:
    """The one condition that is named, to farmers or to workers alone, or said to be probable; empty if none is."""
    if decision is None:
        return ""
    alone = decision.one_of[0].id if len(decision.one_of) == 1 else ""
    return decision.condition or (decision.for_workers and decision.for_workers.id) or alone


def _decision(manifest: Manifest, belief: npt.NDArray[np.float32], crop: str) -> Decision | None:
    if crop not in {one.id for one in manifest.crops}:
        return None
    return decide(apply_crop_hint(belief, manifest=manifest, crop=crop), manifest=manifest, crop=crop)


def least_believed(photos: pd.DataFrame) -> Iterable[tuple[str, str, str]]:
    """Photos whose labels are to be looked at again, and what they look like instead; the least believed first."""
    doubtful = photos[photos["instead"] != photos["class_id"]].nsmallest(max(3, len(photos) // 5), "belief")
    return zip(doubtful["photo"], doubtful["class_id"], doubtful["instead"], strict=True)
