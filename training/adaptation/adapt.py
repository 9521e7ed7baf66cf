"""Teach the running bundle what a district has photographed, and let the district's gate judge the result.

Its conditions get rows of the head that are fitted to its photos and to kept embeddings of known ones: known conditions
anew, and new ones of known or new crops. All others keep their rows, their numbers and the calibration. The network
stays the same file, so nothing is trained and no photo of others is needed. What heads that have not seen a photo say
of it tells how often names are right there: the district is a field whose effect is no longer unknown.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import onnx
import pandas as pd

from majani.errors import RefusedError
from majani.model.bundle import Adaptation, Bundle, ClassEntry, Manifest, NamedId, sha256_hex
from majani.model.head import Answers, Head
from majani.taxonomy import HEALTHY
from training.adaptation.gate import Labels, Verdict, judge_district
from training.adaptation.heads import HeadFitter, with_rows
from training.adaptation.measure import answers_in_turn, decided, head_of
from training.artifacts.embeddings import EmbeddingTable
from training.artifacts.files import ASKED
from training.bundle.assemble import with_head_file
from training.bundle.graph import network_sha256
from training.calibration.graded import graded_cases, known_fields
from training.calibration.situations import Place
from training.evaluation.metrics import predictions
from training.release.gate import Comparison, Outcomes, losses
from training.settings import Params

# Of a crop with fewer taught conditions, leaving one out would say little of what is not known.
_ENOUGH_TO_LEAVE_OUT = 3
# Of fewer visits, leaving one out leaves too little to learn from.
_ENOUGH_VISITS = 3
# Heads that learn a wrong label believe it; see docs/research/index.md.
_DOUBTED, _TIMES_DOUBTED = 0.2, 2


class AdaptationError(RefusedError):
    """There is nothing to learn from, or what is kept belongs to another network."""


@dataclass(frozen=True)
class District:
    """Whom a bundle is for, and what the running network sees in its photos.

    Attributes:
        name: Of the district.
        photos: Rows have the column ``visit`` too: farm, day and phone, or empty.
        entries: Of conditions that the running bundle does not know.
        crops: Likewise of crops.
    """

    name: str
    photos: EmbeddingTable
    entries: tuple[ClassEntry, ...] = ()
    crops: tuple[NamedId, ...] = ()


@dataclass(frozen=True)
class Kept:
    """What the running network sees in photos that it learned from, and in test photos, which are for the gate."""

    learned: EmbeddingTable
    tested: EmbeddingTable


@dataclass(frozen=True)
class Adapted:
    """The new bundle, the gate's verdict, and what became of each photo while heads that had not seen it answered.

    Attributes:
        photos: Columns of the district's rows; those of :func:`training.adaptation.measure.decided` twice, by the
            running bundle with ``_before`` and by the new one with ``_after``; ``is_learned`` by the running head; and
            of heads that did not learn the most doubtful labels ``belief`` in the label, 0..1, and ``instead``, their
            likeliest condition.
        strangers: What is said of conditions that were left out one after another; None where there are too few.
    """

    bundle: Bundle
    verdict: Verdict
    photos: pd.DataFrame
    strangers: pd.DataFrame | None


def adapt(bundle: Bundle, kept: Kept, district: District, params: Params) -> Adapted:
    """Make a bundle for a district from the running one, and judge it.

    Raises:
        AdaptationError: If there is no photo, or the embeddings are of another network.
    """
    network = network_sha256(onnx.load_model_from_string(bundle.model))
    if network != kept.learned.network:
        raise AdaptationError(
            f"the kept embeddings are not those of bundle {bundle.manifest.version}; `dvc repro embed` makes them anew"
        )
    local, running = district.photos, head_of(bundle)
    if local.rows.empty:
        raise AdaptationError("there is no photo to learn from")
    is_learned = _is_among(local, kept.learned.where(kept.learned.rows["split"] != ASKED))
    local = replace(local, rows=local.rows.assign(apart=_apart(local.rows), is_learned=is_learned))
    # The district's photos may be among those that are kept, and would be asked of a head that has learned them.
    kept = Kept(*(one.where(~_is_among(one, local)) for one in (kept.learned, kept.tested)))
    fitter = HeadFitter.of(with_rows(running, [entry.id for entry in district.entries]), kept.learned, params)
    taken = local.as_taken()

    def unseen(doubted: Collection[str] = (), by: str = "apart") -> Place:
        return Place(district.name, fitter.cross_validated(local, by=by, doubted=doubted), taken.rows)

    here = unseen()
    made = _assembled(bundle, network, fitter.fit(local), replace(district, photos=taken), here)
    before = Place(district.name, running.answers(taken.embeddings), taken.rows)
    photos = taken.rows.join(decided(bundle.manifest, before).add_suffix("_before"))
    photos = _doubting(photos.join(decided(made.manifest, here).add_suffix("_after")), made.manifest, here, unseen)
    several = "reviewer" in photos and photos["reviewer"].nunique() > 1
    said = [before.answers, unseen(by="reviewer").answers if several else before.answers]
    labels = Labels(photos, *(pd.DataFrame(one.probabilities, columns=list(one.class_ids)) for one in said))
    others = kept.tested.where(~_crops(kept.tested.rows).isin(_crops(local.rows)))
    verdict = judge_district(labels, _elsewhere(bundle, made, others, params), params)
    strangers = _strangers(fitter, local)
    return Adapted(made, verdict, photos, None if strangers is None else decided(made.manifest, strangers))


def _crops(rows: pd.DataFrame) -> "pd.Series[str]":
    return rows["class_id"].str.partition(".")[0]


def _is_among(photos: EmbeddingTable, others: EmbeddingTable) -> "pd.Series[bool]":
    """Carried photos have eight digits of their checksums."""
    return photos.rows["sha256"].str[:8].isin(others.rows["sha256"].str[:8])


def _apart(rows: pd.DataFrame) -> "pd.Series[str]":
    """What a fold leaves out of each photo's kind: whole visits where there are several, else what looks alike.

    A condition has as many visits as equally large ones would be as different (inverse Simpson index): a visit with
    nearly all photos is one.
    """
    shares = rows[rows["visit"] != ""].groupby("class_id")["visit"].value_counts(normalize=True)
    visits = rows["class_id"].map((1 / shares.pow(2).groupby("class_id").sum()).round()).fillna(0)
    return rows["visit"].where((visits >= _ENOUGH_VISITS) & (rows["visit"] != ""), rows["group"])


def _strangers(fitter: HeadFitter, local: EmbeddingTable) -> Place | None:
    """What is said of sick leaves whose conditions are left out one after another: so many will be strangers, too."""
    ids = sorted(set(local.rows["class_id"]))
    taught, parts = Counter(class_id.partition(".")[0] for class_id in ids), []
    for class_id in ids:
        if class_id.endswith(f".{HEALTHY}") or taught[class_id.partition(".")[0]] < _ENOUGH_TO_LEAVE_OUT:
            continue
        is_it = local.rows["class_id"] == class_id
        fitted = fitter.without(class_id).fit(local.where(~is_it))
        out = local.where(is_it).as_taken()
        parts.append((fitted.answers(out.embeddings).probabilities, out.rows))
    if not parts:
        return None
    probabilities, rows = zip(*parts, strict=True)
    answers = Answers(fitter.head.class_ids, np.concatenate(probabilities))
    return Place("strangers", answers, pd.concat(rows, ignore_index=True))


def _elsewhere(bundle: Bundle, made: Bundle, tested: EmbeddingTable, params: Params) -> tuple[Comparison, ...]:
    """Known test photos of what was not taught; of the taught crops, the district's own photos tell."""
    new, running = (
        Outcomes.of(predictions(one, answers_in_turn(head_of(one), tested.embeddings), tested.rows))
        for one in (made, bundle)
    )
    return losses(tested.rows, new, running, params.gate)


def _assembled(bundle: Bundle, network: str, head: Head, district: District, here: Place) -> Bundle:
    """The same network with the head beside it, and numbers of the district, whose answers are left-out ones."""
    former, rows = bundle.manifest, here.rows
    entries = {entry.id: entry for entry in (*former.classes, *district.entries)}
    grading = known_fields(former.rules.grading, graded_cases(here).assign(group=rows["group"]))
    about = Adaptation(
        place=district.name, photos=len(rows), cases=int(rows["group"].nunique()), from_version=former.version
    )
    digest = sha256_hex(head.layer.weights.tobytes() + f"{grading}{head.class_ids}".encode())[:8]
    troubles = {
        crop: tuple(one for one in these if one.id not in entries) for crop, these in former.other_troubles.items()
    }
    changes = {
        "rules": former.rules.model_copy(update={"grading": grading}),
        "other_troubles": {crop: these for crop, these in troubles.items() if these},
        "adapted_to": about,
        "version": f"{datetime.now(UTC):%Y.%m.%d}-{digest}",
        "schema_version": 4,
        "model": former.model.model_copy(update={"network": network}),
        "crops": (*former.crops, *district.crops),
        "classes": tuple(entries[one] for one in head.class_ids),
        "metrics": {},
        "validation_photos": None,
    }
    made = with_head_file(replace(bundle, manifest=former.model_copy(update=changes)), head, in_graph=False)
    # What was copied is checked like what is read.
    return replace(made, manifest=Manifest.model_validate(made.manifest.model_dump()))


def _doubting(
    photos: pd.DataFrame, manifest: Manifest, here: Place, unseen: Callable[[Collection[str]], Place]
) -> pd.DataFrame:
    """The photos with what heads make of them that did not learn the most doubtful labels of each condition."""
    said = decided(manifest, here)
    for _ in range(_TIMES_DOUBTED):
        place = said["belief"].groupby(photos["class_id"]).rank(method="first", pct=True)
        said = decided(manifest, unseen(set(photos.loc[place <= _DOUBTED, "photo"])))
    return photos.assign(belief=said["belief"], instead=said["first"])
