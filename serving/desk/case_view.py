"""What a reviewer sees of a case: the photos, known photos of what it might be, and afterwards what the model says.

Before the first verdict nothing tells which condition the model says: as many are offered for every crop, in an order
that is not the model's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from majani.decision.diagnosis import Diagnosis
from majani.model.bundle import Attribution
from majani.model.predictor import Floats
from majani.review.reference_photos import References
from majani.taxonomy import REJECT_CLASSES, Condition, Taxonomy
from majani.text.example_photos import ExamplePhotos
from serving.persistence.models import Case, Review, read_embedding
from serving.persistence.review_record import NewReview, ReviewVerdict

# All other conditions are in a list.
CHOICES = 4
# This many fit side by side on a phone.
_LOOK_ALIKES = 3
# Value of the choice that takes its condition from the list of all conditions.
OTHER = "other"
# Of the form, as :func:`read_review` takes them.
FIELDS = ("label", "condition", "note", "remark")
# Verdicts without a condition's id.
WORDS = tuple(verdict for verdict in ReviewVerdict if verdict is not ReviewVerdict.CONDITION)


@dataclass(frozen=True)
class LookAlike:
    """A known photo of a condition: its position in the list of reference photos, or the file of an example photo."""

    photo: int | str
    attribution: Attribution


@dataclass(frozen=True)
class Choice:
    """A condition that a reviewer can choose with one touch; without a probability, the farmer named it."""

    condition: str
    probability: float | None
    is_answer: bool
    look_alikes: tuple[LookAlike, ...]


@dataclass(frozen=True)
class CaseView:
    """A case before a reviewer, who sees the reviews of others and the model's answer only after giving an own one."""

    case: Case
    choices: tuple[Choice, ...]
    own: Review | None
    others: tuple[Review, ...]

    @property
    def is_blind(self) -> bool:
        """Whether the reviewer is still to say what they see."""
        return self.own is None and self.case.keeps_photos

    @property
    def crop(self) -> str:
        """The crop that the farmer named, or the only one that is offered; empty if there is none."""
        offered = {choice.condition.partition(".")[0] for choice in self.choices}
        return self.case.diagnosis.crop_hint or (offered.pop() if len(offered) == 1 else "")

    @property
    def sources(self) -> tuple[Attribution, ...]:
        """Return the attribution of each known photo once."""
        shown = {photo.attribution for choice in self.choices for photo in choice.look_alikes}
        return tuple(sorted(shown, key=lambda attribution: attribution.title))


def view_case(
    case: Case,
    reviews: Sequence[Review],
    *,
    reviewer: int,
    references: References | None,
    examples: ExamplePhotos,
    running_version: str,
) -> CaseView:
    """Put together what a reviewer sees. Embeddings of another model than the running one cannot be compared.

    Without reference photos, the example photos stand in for the most similar ones.
    """
    own = next((review for review in reviews if review.reviewer_id == reviewer), None)
    others = tuple(review for review in reviews if review is not own) if own is not None else ()
    embedding = _embedding(case) if case.diagnosis.model_version == running_version else None
    answer = case.diagnosis.condition
    choices = tuple(
        Choice(
            condition=condition,
            probability=probability,
            is_answer=answer is not None and answer.id == condition,
            look_alikes=_look_alikes(references, embedding, condition) or _examples(examples, condition),
        )
        for condition, probability in _likeliest(case.diagnosis, case)
    )
    return CaseView(case, choices, own, others)


def read_review(taxonomy: Taxonomy, *, label: str, condition: str, note: str, remark: str) -> NewReview:
    """Read the form: ``label`` is a verdict, a condition's id, or :data:`OTHER` for the one from the list of all.

    Raises:
        ValueError: If it says nothing that can be kept.
    """
    # Browsers count a line break as one character and send two. PostgreSQL keeps no NUL.
    words = note.replace("\r\n", "\n").replace("\0", "").strip() or None
    if label in WORDS:
        return NewReview(ReviewVerdict(label), note=words, remark=remark or None)
    chosen = condition if label == OTHER else label
    if chosen in REJECT_CLASSES or chosen not in taxonomy.class_ids():
        raise ValueError(f"there is no condition {chosen[:80]!r}")
    return NewReview(ReviewVerdict.CONDITION, chosen, words, remark or None)


def conditions_by_crop(taxonomy: Taxonomy) -> dict[str, list[Condition]]:
    """All conditions, under the ids of their crops."""
    return {
        crop.id: [condition for condition in taxonomy.conditions if condition.crop == crop.id]
        for crop in taxonomy.crops
    }


def _likeliest(diagnosis: Diagnosis, case: Case) -> list[tuple[str, float | None]]:
    """Conditions to offer, by id, and last what the farmer takes it for."""
    likely = sorted(diagnosis.ranked[:CHOICES], key=lambda named: named.id)
    choices: list[tuple[str, float | None]] = [(named.id, named.probability) for named in likely]
    by_farmer = None if case.feedback is None else case.feedback.condition
    if by_farmer is not None and by_farmer not in {condition for condition, _ in choices}:
        choices.append((by_farmer, None))
    return choices


def _embedding(case: Case) -> Floats | None:
    return next((read_embedding(photo.embedding) for photo in case.photos if photo.embedding is not None), None)


def _look_alikes(references: References | None, embedding: Floats | None, condition: str) -> tuple[LookAlike, ...]:
    if references is None:
        return ()
    return tuple(
        LookAlike(position, references.listed.sources[references.listed.photos[position].source])
        for position in references.nearest(embedding, condition, _LOOK_ALIKES)
    )


def _examples(examples: ExamplePhotos, condition: str) -> tuple[LookAlike, ...]:
    shown = examples.photos.get(condition, ())[:_LOOK_ALIKES]
    return tuple(LookAlike(photo.file, examples.sources[photo.source]) for photo in shown)
