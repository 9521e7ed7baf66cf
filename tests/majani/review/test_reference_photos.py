"""Known photos: written, read back, compared; and not believed if anything about them is wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from majani.errors import ErrorCode, ReferencesError
from majani.model.bundle import Attribution
from majani.review.reference_photos import KnownPhoto, Reference, References, write_references
from tests.majani.conftest import refused

MODEL, OTHER_MODEL = "1" * 64, "2" * 64
EAST, NORTH, UP = np.eye(3, dtype=np.float32)


def write(directory: Path, *embeddings: tuple[str, np.ndarray]) -> None:
    write_references(
        directory,
        [
            KnownPhoto(Reference(file=f"{number}.jpg", class_id=class_id, source="ibean"), b"%d" % number, embedding)
            for number, (class_id, embedding) in enumerate(embeddings)
        ],
        model_sha256=MODEL,
        held_out=np.stack([EAST + share * NORTH for share in (0, 0.1, 0.2, 0.3, 0.4)]),
        sources={"ibean": Attribution(title="iBean", licence="MIT", home="https://example.org")},
        training_photos={"bean.rust": 100},
    )


@pytest.fixture
def references(tmp_path: Path) -> References:
    write(tmp_path, ("bean.rust", EAST), ("bean.rust", EAST + NORTH), ("bean.healthy", NORTH))
    return References.read(tmp_path, model_sha256=MODEL)


def test_what_is_written_comes_back_the_likest_of_a_class_first(references: References) -> None:
    assert [photo.class_id for photo in references.listed.photos] == ["bean.rust", "bean.rust", "bean.healthy"]
    assert references.photo(2).read_bytes() == b"2"
    assert np.linalg.norm(references.embeddings, axis=1) == pytest.approx([1, 1, 1])
    assert (references.learned("bean.rust"), references.learned("bean.mosaic")) == (100, 0)
    assert references.nearest(EAST + 0.1 * NORTH, "bean.rust", 5) == (0, 1)
    assert references.nearest(EAST + 2 * NORTH, "bean.rust", 1) == (1,)
    assert references.nearest(EAST, "bean.mosaic", 5) == ()
    assert references.nearest(None, "bean.rust", 1) == (0,)


def test_novelty_is_a_place_among_photos_of_known_kinds(references: References) -> None:
    told = [references.novelty(EAST + share * NORTH) for share in (0.5, 0.2, 0, -1)]
    assert told[-1] == 1
    assert told == sorted(told)
    assert references.novelty(UP) == 1
    # As near as the known ones themselves.
    assert told[0] == 0


def test_writing_again_leaves_nothing_old_and_those_alone_who_read_before(
    references: References, tmp_path: Path
) -> None:
    before = np.array(references.embeddings)
    write(tmp_path, *[("bean.healthy", UP)] * 2)
    assert (references.embeddings == before).all()
    assert references.nearest(EAST, "bean.rust", 1) == (0,)
    assert {path.name for path in tmp_path.parent.iterdir() if path.name.startswith(tmp_path.name)} == {tmp_path.name}
    assert sorted(file.name for file in (tmp_path / "photos").iterdir()) == ["0.jpg", "1.jpg"]
    assert len(References.read(tmp_path, model_sha256=MODEL).listed.photos) == 2


def _with_a_photo_more(content: bytes) -> bytes:
    listed = json.loads(content)
    return json.dumps({**listed, "photos": [*listed["photos"], listed["photos"][0]]}).encode()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("embeddings.npy", lambda content: content[:-4], id="cut"),
        pytest.param("references.json", _with_a_photo_more, id="a photo more"),
        pytest.param("references.json", lambda content: content.replace(b"0.jpg", b"../0.jpg"), id="leads elsewhere"),
        pytest.param("references.json", lambda _: b"\xff", id="no JSON"),
        pytest.param("embeddings.npy", None, id="no embeddings"),
    ],
)
@pytest.mark.usefixtures("references")
def test_a_spoiled_folder_is_refused(tmp_path: Path, name: str, change: Callable[[bytes], bytes] | None) -> None:
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    if change:
        (tmp_path / name).write_bytes(change(content))
    with refused(ReferencesError, ErrorCode.REFERENCES_INVALID):
        References.read(tmp_path, model_sha256=MODEL)


@pytest.mark.usefixtures("references")
def test_another_models_features_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferencesError, match="belongs to model 11111111"):
        References.read(tmp_path, model_sha256=OTHER_MODEL)
