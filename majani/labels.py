"""What people call a condition, as ids: suggested, and asked about where it is not sure. Nothing is written here."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from majani.errors import RefusedError
from majani.taxonomy import HEALTHY, OTHER, REJECT_CLASSES, Taxonomy

# Other words for it.
_OTHERS = {OTHER, "others", "none", "none_of_these", "not_these", "something_else"}
# In English, French, Spanish, Portuguese, Swahili, Hindi, Bengali and Arabic, as folders are called.
_HEALTHY = {
    *(HEALTHY, "normal", "fine", "no_disease"),
    *("sain", "saine", "sains", "saines", "bonne_sante", "en_bonne_sante", "sano", "sana", "sanos", "sanas"),
    *("saudavel", "saudaveis", "sadio", "sadia", "sadias", "afya", "mwenye_afya", "wenye_afya", "yenye_afya"),
    *("swasth", "swastha", "स्वस्थ", "sustho", "shustho", "সুস্থ", "salim", "saleem", "salima", "سليم", "سليمة"),
}
_LEAF = {"leaf", "leaves", "feuille", "feuilles", "hoja", "hojas", "folha", "folhas", "jani", "majani", "patti", "pata"}
_ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
# "No rust", "rust free" and "other rust" are near to what they are not.
_OPPOSITE = re.compile(r"(^|_)(no|not|non|without|free|other|and|or)(_|$)")
_LONGEST = 64


@dataclass(frozen=True)
class Suggestion:
    """An id for a label; ``is_sure`` if nobody needs to be asked, and ``is_new`` if the taxonomy does not have it.

    The id is empty where only the opposite is near.
    """

    label: str
    class_id: str
    is_sure: bool
    is_new: bool


class LabelError(RefusedError, ValueError):
    """A label from which no id can be made."""


def suggest(labels: Iterable[str], crop: str | None, taxonomy: Taxonomy) -> list[Suggestion]:
    """An id for each label; of a path, of its last part where only that is sure.

    Args:
        labels: Such as ``Rust``, ``apple/Scab``, ``kitui/healthy``, ``Apple___Black_rot`` or ids.
        crop: Of all that do not name one themselves.
        taxonomy: Whose ids and names are known.

    Raises:
        LabelError: If a label names no crop and none was given, or there are no letters in it.
    """
    return [_best(label, crop, taxonomy) for label in labels]


def _best(label: str, crop: str | None, taxonomy: Taxonomy) -> Suggestion:
    found, refused = [], []
    for text in dict.fromkeys((label, label.rpartition("/")[2])):
        try:
            found.append(replace(_suggest(text, crop, taxonomy), label=label))
        except LabelError as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return next((one for one in found if one.is_sure), found[-1])


def _suggest(label: str, crop: str | None, taxonomy: Taxonomy) -> Suggestion:
    known = {condition.id for condition in taxonomy.conditions}
    if label in known or label in REJECT_CLASSES:
        return Suggestion(label, label, is_sure=True, is_new=False)
    if _ID.fullmatch(label):
        return Suggestion(label, label, is_sure=label.endswith(f".{OTHER}"), is_new=True)
    slug = _slug(label)
    crops = sorted((one.id for one in taxonomy.crops), key=len, reverse=True)
    if crop is not None and crop not in crops and (near := get_close_matches(crop, crops, n=1, cutoff=0.75)):
        raise LabelError(
            f"there is no crop {crop!r}: did you mean {near[0]}? Ids such as {crop}.{slug} make it a new one"
        )
    crop = next((one for one in crops if slug == one or slug.startswith(f"{one}_")), crop)
    if crop is None:
        raise LabelError(
            f"{label!r} does not say of which crop: give --crop, or call it such as apple/{slug or 'scab'}"
        )
    name = slug.removeprefix(f"{crop}_").removesuffix(f"_{crop}").removesuffix("_leaf").removesuffix("_leaves")
    if not name or name == crop:
        raise LabelError(f"{label!r} says no more than the crop")
    if name in _OTHERS or "_".join(word for word in name.split("_") if word not in _LEAF) in _HEALTHY:
        tail = OTHER if name in _OTHERS else HEALTHY
        return Suggestion(label, f"{crop}.{tail}", is_sure=True, is_new=f"{crop}.{tail}" not in known)
    by_name = {
        _slug(spelt): condition.id
        for condition in taxonomy.conditions
        if condition.crop == crop
        for spelt in (condition.id.partition(".")[2], *condition.names, condition.cause or "")
        if spelt
    }
    # "Common rust of maize" and "maize rust" are common.
    by_name |= {re.sub(rf"(^{crop}_|_of_{crop}$)", "", spelt): class_id for spelt, class_id in by_name.items()}
    if name in by_name:
        return Suggestion(label, by_name[name], is_sure=True, is_new=False)
    # "Unhealthy" and "not healthy" are near to their opposite.
    sick = [spelt for spelt, class_id in by_name.items() if not class_id.endswith(f".{HEALTHY}")]
    near = get_close_matches(name, sick, n=1, cutoff=0.75) or [
        spelt for spelt in sick if name in spelt.split("_") or spelt in name
    ]
    if near:
        is_opposite = _OPPOSITE.search(name) is not None
        return Suggestion(label, "" if is_opposite else by_name[near[0]], is_sure=False, is_new=False)
    if not _ID.fullmatch(new := f"{crop}.{name}"[:_LONGEST]):
        raise LabelError(f"{label!r} makes no id: {new!r} needs a letter at the beginning and after the point")
    return Suggestion(label, new, is_sure=False, is_new=True)


def settle(
    suggestions: Iterable[Suggestion], ask: Callable[[Suggestion], str], taxonomy: Taxonomy
) -> Mapping[str, str]:
    """Ids by label, after a person was asked about what is not sure; a reply is an id, or empty to leave photos out."""
    known = {condition.id for condition in taxonomy.conditions}
    found: dict[str, str] = {}
    for one in suggestions:
        reply = one.class_id if one.is_sure else ask(one)
        while reply and reply not in known and reply not in REJECT_CLASSES and not _ID.fullmatch(reply):
            reply = ask(one)
        if reply:
            found[one.label] = reply
    return found


def words(class_id: str) -> str:
    """A name for a condition that has none yet, in the words of its id."""
    crop, _, name = class_id.partition(".")
    return f"{name.replace('_', ' ')} ({crop.replace('_', ' ')})"


def _slug(text: str) -> str:
    # Scripts without Latin letters leave nothing else behind.
    if text.strip() in _HEALTHY:
        return HEALTHY
    plain = unicodedata.normalize("NFKD", re.sub(r"[&+]", " and ", text)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
