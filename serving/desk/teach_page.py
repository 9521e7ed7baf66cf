"""``/desk/teach``: what a district has to learn from, and the bundle that was made of it, put to use by two people."""

import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.wsgi import wrap_file

from majani.errors import BundleError
from majani.labels import Suggestion
from majani.model.bundle import read_bundle
from majani.taxonomy import HEALTHY, OTHER
from serving.access.guard import known_districts
from serving.access.role import Role
from serving.access.tokens import Access, AccessTokens
from serving.container import services
from serving.desk.case_pages import small_copy
from serving.desk.case_phrasing import case_words
from serving.desk.case_view import conditions_by_crop
from serving.desk.layout import desk_page, see_other
from serving.desk.session import signed_in, while_good
from serving.http.document import private_file
from serving.http.errors import DESK_PREFIX, RequestCode, RequestError
from serving.i18n.catalogue import sentence
from serving.persistence.models import SLUG_LENGTH, TaughtPhoto
from serving.review.archive import MAX_PHOTOS, read_upload
from serving.review.photos import LabelledPhoto, keep_upload, labelled_photos, remove_photos, suggestion, write_folder
from serving.review.refit import result_of, start
from serving.site.rendering import wording_of_reader
from serving.teach.districts import district_id
from serving.teach.repository import UNSURE, Refits, RefitState, TaughtPhotos

# A condition with fewer is taught badly.
WANTED = 10
# A form has so many fields.
_NAMES_AT_ONCE = 12
_KEYS = "123456789"  # Of the buttons with which photos are labelled
WHY: Mapping[str, str] = {
    "better": sentence("Surely better here, and surely worse nowhere else."),
    "not_worse": sentence("Not surely better here, and not surely worse anywhere. It can be undone."),
    "worse_elsewhere": sentence("Surely worse on known photos of other places."),
    "exchanged": sentence("Labels seem to be exchanged. Let a second person look at them."),
    "worse_here": sentence("Surely worse in the district itself."),
    "guessing": sentence("No better than guessing. Look at the labels again."),
    "nothing_gained": sentence(
        "Nothing gained: it names no more leaves rightly than before. Sharp photos of more plants and farms help."
    ),
}
# What is named of a crop: nothing, all of it rightly, some of it wrongly.
BRINGS = (
    sentence("%(crop)s: of %(count)s leaves it names none yet."),
    sentence("%(crop)s: of %(count)s leaves it now tells %(named)s by name, all right."),
    sentence("%(crop)s: of %(count)s leaves it now names %(named)s, %(right)s of them rightly."),
)
STEPS: Mapping[str, str] = {
    "": sentence("It waits for its turn."),
    "look": sentence("It looks at the photos."),
    "fit": sentence("It learns, and tries what it has learned on photos that it has not seen."),
}
blueprint = Blueprint("teach", __name__, url_prefix=f"{DESK_PREFIX}/teach")


@dataclass(frozen=True)
class _Material:
    """What there is to learn from; ``names`` of folders that nobody has explained, with what they may mean."""

    labelled: tuple[LabelledPhoto, ...]
    unlabelled: tuple[TaughtPhoto, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        return dict(sorted(Counter(one.label for one in self.labelled).items()))

    @property
    def crops(self) -> list[str]:
        return sorted({label.partition(".")[0] for label in self.counts})

    @property
    def crops_without_healthy(self) -> list[str]:
        return [crop for crop in self.crops if f"{crop}.{HEALTHY}" not in self.counts]

    def names(self, crop: str | None) -> list[tuple[str, int, Suggestion | None]]:
        counts = Counter(one.name for one in self.unlabelled if one.name)
        taxonomy = services().adviser.taxonomy
        return [(name, count, suggestion(name, crop, taxonomy)) for name, count in sorted(counts.items())]


@blueprint.get("")
def show() -> Response:
    """Choose a district, or show what there is to learn from there, and what was learned."""
    access = signed_in(Role.AGRONOMIST)
    if access.district is None and not request.args.get("district"):
        known = {*known_districts().districts, *TaughtPhotos(services().engine).districts()}
        return desk_page("desk_teach_districts.html", districts=sorted(known))
    district = _district(access)
    refits = Refits(services().engine)
    refit = refits.latest(district)
    if refit is not None and refits.revive(refit.id):
        start(services().settings)
    is_open = refit is not None and refit.state in (RefitState.WAITING, RefitState.RUNNING)
    # The page then asks again every few seconds, and no file that somebody chooses would stay chosen.
    material = _Material((), ()) if is_open else _material(district)
    names = {one.id: one.name for one in AccessTokens(services().engine).list()}
    crop = request.args.get("crop") or (material.crops[0] if len(material.crops) == 1 else None)
    return desk_page(
        "desk_teach.html",
        district=district,
        material=material,
        crop=crop,
        folders=[
            (name, count, _written(found.class_id) if found else "")
            for name, count, found in material.names(crop)[:_NAMES_AT_ONCE]
        ],
        uploaded=Counter() if is_open else Counter(one.label for one in _photos().of(district)),
        refit=refit,
        is_open=is_open,
        step=3 if is_open else 2 if material.unlabelled else 3 if refit is not None else 1,
        # The others before it take about a minute each.
        waits=refits.ahead(refit.id) + 1 if refit is not None and is_open else 1,
        can_teach=find_spec("onnx") is not None,
        summary=_shown(refit.summary, material) if refit else {},
        version=services().districts.version(district),
        answers=services().districts.find(district) is not None,
        history=refits.history(district),
        names=names,
        states=RefitState,
        unsure=UNSURE,
        other=OTHER,
        wanted=WANTED,
        why=WHY,
        brings=_brings,
        steps=STEPS,
        added=request.args.get("added", type=int),
        refused=request.args.get("refused", type=int),
        unclear=request.args.getlist("unclear"),
        most=MAX_PHOTOS,
        all_crops=services().adviser.taxonomy.crops,
        conditions=conditions_by_crop(services().adviser.taxonomy),
        retention_days=services().settings.photo_retention_days,
        own=access.worker_id,
    )


@blueprint.post("/photos")
def upload() -> Response:
    """Keep photos of a zip or folder, with labels where folders' names are sure."""
    access, district = _asked()
    taxonomy = services().adviser.taxonomy
    crop = next((one.id for one in taxonomy.crops if one.id == request.form.get("crop")), None)
    files = [(one.filename or "", one.stream) for one in request.files.getlist("photos") if one.filename]

    def label_of(name: str) -> str | None:
        found = suggestion(name, crop, taxonomy) if name else None
        return found.class_id if found is not None and found.is_sure else None

    added, refused = keep_upload(
        while_good(access, read_upload(files)),
        label_of,
        to=_photos(),
        cases=services().cases,
        district=district,
        by=access.worker_id,
    )
    return _back(district, added=added, refused=len(refused), crop=crop)


@blueprint.post("/names")
def name_folders() -> Response:
    """Take over what folders' names mean; those that are not understood are asked about again."""
    access, district = _asked()
    crop, unclear = request.form.get("crop") or None, []
    for name, said in zip(request.form.getlist("name"), request.form.getlist("label"), strict=False):
        try:
            if said:
                _photos().label(district, _label(said, crop), by=access.worker_id, name=name)
        except RequestError:
            unclear.append(said)
    return _back(district, crop=crop, unclear=unclear)


@blueprint.get("/label")
def label_next() -> Response:
    """Show a photo that nobody has labelled, or one of a label, with a button for each condition of the district."""
    _, district = _asked()
    shows, wanted = request.args.get("shows"), request.args.get("photo")
    photos = [one for one in _photos().of(district) if one.label == shows]
    if not photos:
        return _back(district)
    material = _material(district)
    taught = [label for label in material.counts if not label.endswith(f".{OTHER}")]
    return desk_page(
        "desk_teach_label.html",
        district=district,
        photo=next((one for one in photos if one.public_id == wanted), photos[0]),
        photos=photos,
        shows=shows,
        choices=list(zip(taught, _KEYS.ljust(len(taught)), strict=False)),
        crops_here=material.crops,
        conditions=conditions_by_crop(services().adviser.taxonomy),
        unsure=UNSURE,
        other=OTHER,
    )


@blueprint.post("/labels")
def label() -> Response:
    """Say what one uploaded photo shows."""
    access, district = _asked()
    said = request.form.get("label") or request.form.get("condition", "")
    _photos().label(district, _label(said), by=access.worker_id, public_id=request.form.get("photo") or "-")
    shows = request.form.get("shows") or None
    return (
        see_other(url_for(".label_next", district=district, shows=shows)) if "next" in request.form else _back(district)
    )


@blueprint.post("/remove")
def remove() -> Response:
    """Delete one uploaded photo, or all of the district."""
    _, district = _asked()
    wanted = request.form.get("photo")
    found = [one for one in _photos().of(district) if wanted in (None, one.public_id)]
    remove_photos(found, of=_photos(), store=_store())
    return _back(district)


@blueprint.get("/photos/<photo_id>")
def photo(photo_id: str) -> Response:
    """Show an uploaded photo, or a small copy of it."""
    _, district = _asked()
    found = next((one for one in _photos().of(district) if one.public_id == photo_id), None)
    with suppress(FileNotFoundError):
        if found is not None:
            data = _store().read(found.path)
            return private_file(small_copy(data) if "small" in request.args else data, "image/jpeg")
    raise RequestError(RequestCode.NOT_FOUND, "there is no such photo")


@blueprint.get("/export.zip")
def export() -> Response:
    """Photos and labels as a folder with a table: what ``majani-train adapt --photos`` takes."""
    _, district = _asked()
    # Thousands of photos would fill the memory.
    written = tempfile.TemporaryFile()  # noqa: SIM115 - open until it is sent
    with zipfile.ZipFile(written, "w") as archive:
        write_folder(_material(district).labelled, _store(), archive.writestr)
    written.seek(0)
    return private_file(wrap_file(request.environ, written), "application/zip", name=f"{district_id(district)}.zip")


@blueprint.post("/refits")
def teach() -> Response:
    """Ask for a refit."""
    access, district = _asked()
    if Refits(services().engine).ask(district, access.worker_id):
        start(services().settings)
    return _back(district)


@blueprint.post("/use")
def use() -> Response:
    """Agree to put to use what the last refit has made; the second person's word does it."""
    (access, district), refits = _asked(), Refits(services().engine)
    refit = refits.latest(district)
    # What was looked at, not what has come since.
    if refit is None or str(refit.id) != request.form.get("refit") or refit.summary.get("decision") != "promote":
        raise RequestError(RequestCode.NOT_FOUND, "there is another refit by now, or none that may be used")
    first, second = refit.first_by, access.worker_id
    person = AccessTokens(services().engine).person
    if first is not None and first != second and person(first) == person(second):
        message = "one administrator has made both access tokens, or one of them with the other, within a week"
        raise RequestError(RequestCode.SECOND_PERSON_MISSING, message)

    def put_to_use() -> None:
        made = result_of(services().settings, district)
        # Another spelling of the district may have been taught since, into the same folder.
        if read_bundle(made).manifest.version != refit.summary.get("version"):
            raise BundleError("another refit has taken its place")
        services().districts.use(district, made)

    try:
        refits.agree(refit, access.worker_id, put_to_use)
    except (BundleError, OSError) as error:
        raise RequestError(RequestCode.BUNDLE_UNUSABLE, str(error)) from error
    return _back(district)


@blueprint.post("/back")
def go_back() -> Response:
    """Answer again with what answered before the version that was looked at; a second click changes nothing."""
    (access, district), refits = _asked(), Refits(services().engine)
    version = services().districts.version(district)
    if version is None or version != request.form.get("version"):
        return _back(district)
    used = (one for one in refits.history(district) if one.state == RefitState.USED)
    refit = next((one for one in used if one.summary.get("version") == version), None)
    # An operator's own bundle belongs to no refit.
    if refit is None or refits.undo(refit.id, access.worker_id):
        services().districts.go_back(district, of=version)
    return _back(district)


def _photos() -> TaughtPhotos:
    return TaughtPhotos(services().engine)


def _store() -> Any:
    return services().repository.photos


def _back(district: str, **facts: Any) -> Response:
    return see_other(url_for(".show", district=district, **facts))


def _asked() -> tuple[Access, str]:
    return (access := signed_in(Role.AGRONOMIST)), _district(access)


def _district(access: Access) -> str:
    """The district of the request, else that of the access token, which is the only one that it opens."""
    district = request.values.get("district", "").strip() or access.district or ""
    # PostgreSQL holds no such letter, and would seem to have failed.
    if any("\0" in value for value in request.values.values()):
        raise RequestError(RequestCode.REQUEST_INVALID, "there is a letter in it that is none")
    if access.district not in (None, district):
        raise RequestError(RequestCode.DISTRICT_OTHER, f"this access token is for {access.district} only")
    known = known_districts().districts
    if len(district) > SLUG_LENGTH or not district_id(district) or (known and district not in known):
        raise RequestError(RequestCode.DISTRICT_UNKNOWN, f"there is no district {district[:SLUG_LENGTH]!r}")
    return district


def _label(said: str, crop: str | None = None) -> str:
    """A label as it is kept: an id, also one that nobody knew, or that its labeller cannot tell; from a name too."""
    if said == UNSURE:
        return UNSURE
    adviser, taxonomy = services().adviser, services().adviser.taxonomy
    names = (*adviser.languages.values(), wording_of_reader().language)
    by_name = {one.name.casefold(): of for known in names for of, one in known.names.conditions.items()}
    by_name |= {_written(of).casefold(): of for one in taxonomy.crops for of in (f"{one.id}.{OTHER}",)}
    text = by_name.get(said.strip().casefold(), said)
    names_crop = suggestion(text, None, taxonomy)
    found = names_crop or suggestion(text, crop, taxonomy)
    is_near = found and get_close_matches(found.class_id.partition(".")[2], [HEALTHY])
    # Without a crop of its own, a slip would become a new condition of the one that was chosen.
    if (
        found is None
        or "." not in found.class_id
        or not (found.is_sure or (names_crop and found.is_new and not is_near))
    ):
        raise RequestError(RequestCode.REQUEST_INVALID, f"{said[:SLUG_LENGTH]!r} is no crop and condition")
    return found.class_id


def _written(class_id: str) -> str:
    """A label as a person reads and writes it: by its name in their language where it has one."""
    desk, (crop, _, name) = case_words(), class_id.partition(".")
    if name == OTHER:
        return f"{desk.crop(crop)}: {desk.wording.say('none of these')}"
    known = class_id in desk.wording.language.names.conditions
    return desk.condition(class_id) if known else f"{crop} {name}".replace("_", " ")


def _brings(crop: Mapping[str, Any]) -> str:
    """What a refit brings for a crop, in one sentence."""
    words, was_named = case_words(), crop["named"] > 0
    said = BRINGS[was_named + (crop["right"] < crop["named"])]
    facts = {name: words.number(crop[key]) for name, key in (("count", "n"), ("named", "named"), ("right", "right"))}
    return words.wording.say(said, crop=words.crop(crop["crop"]), **facts)


def _material(district: str) -> _Material:
    boundaries = known_districts()
    cells = boundaries.cells(district) if district in boundaries.districts else ()
    labelled, unlabelled = labelled_photos(services().engine, district, cells, services().settings.test_cases_from)
    return _Material(tuple(labelled), tuple(unlabelled))


def _shown(summary: Mapping[str, Any], material: _Material) -> Mapping[str, Any]:
    """A refit's summary with the photos that it names, as far as they are still there."""
    # Those of releases before 0.4 counted other things; what failed has none.
    if "crops" not in summary:
        return {name: summary.get(name) for name in ("version", "decision", "why", "worse", "failure")}
    photos = {f"photos/{one.name}.jpg": one for one in material.labelled}
    counts = {(true, seen): count for true, seen, count in summary["confusions"]}
    return {
        **summary,
        "doubtful": [(photos[name], label, seen) for name, label, seen in summary["doubtful"] if name in photos],
        "left_out": [(photos[name], problem) for name, problem in summary["left_out"] if name in photos],
        "counts": counts,
        "shown": sorted({shown for shown, _ in counts}),
        "seen": sorted({seen for _, seen in counts}),
    }
