"""What a bundle says of labelled photos with their crop named: counts by condition, and what is taken for what."""

from collections.abc import Iterator
from html import escape

import numpy as np
import onnx
import pandas as pd

from majani.decision.rules import apply_crop_hint, decide
from majani.model.bundle import Bundle, Manifest
from majani.model.head import Answers, Floats, Head
from majani.model.head_file import read_head
from training.artifacts.embeddings import EmbeddingTable
from training.bundle.graph import read_calibration
from training.bundle.graph import read_head as read_layer
from training.calibration.situations import Place

ALL = "all"
_AT_ONCE, _TINY = 256, 1e-9
# Who says nothing tosses a coin.
_SILENT = 0.5


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


def answers_of(bundle: Bundle, photos: EmbeddingTable) -> pd.DataFrame:
    """The photos, and the columns of :func:`decided` with ``_after``."""
    place = Place("test", answers_in_turn(head_of(bundle), photos.embeddings), photos.rows)
    return photos.rows.join(decided(bundle.manifest, place).add_suffix("_after"))


def decided(manifest: Manifest, place: Place) -> pd.DataFrame:
    """What is decided of each photo of a place with its crop named, in the order of its rows.

    Returns:
        Columns ``first`` (the likeliest condition of the crop; empty if none is known), ``number`` (that it is right,
        0..1), ``named`` (it, where it is said as probable or most likely; else empty), ``listed`` (the conditions that
        are said) and ``belief`` (share of the label in the crop's probability).
    """
    crops = {one.id for one in manifest.crops}
    found: list[tuple[str, float, str, tuple[str, ...], float]] = []
    for class_id, belief in zip(place.rows["class_id"], place.answers.probabilities, strict=True):
        crop = class_id.partition(".")[0]
        own = {
            one: share
            for one, share in zip(place.answers.class_ids, belief.tolist(), strict=True)
            if one.startswith(f"{crop}.")
        }
        trust = own.get(class_id, 0.0) / max(sum(own.values()), _TINY)
        if crop not in crops:
            found.append(("", _SILENT, "", (), trust))
            continue
        said = decide(apply_crop_hint(belief, manifest=manifest, crop=crop), manifest=manifest, crop=crop)
        ranked = said.ranked
        first = ranked[0].id if ranked else max(own, key=lambda one: own[one], default="")
        named = first if said.grade is not None and said.grade.is_name else ""
        listed = tuple(one.id for one in ranked[: said.in_list])
        found.append((first, ranked[0].probability if ranked else _SILENT, named, listed, trust))
    return pd.DataFrame(found, columns=["first", "number", "named", "listed", "belief"], index=place.rows.index)


def by_condition(said: pd.DataFrame, *, suffix: str = "after") -> pd.DataFrame:
    """Counts, a row for each condition and one for all.

    Returns:
        Columns ``condition``, ``n``, ``first`` (right ones), ``listed`` (the truth is in the list), ``named`` and
        ``right`` (of these).
    """
    truth, first, named, listed = (said[name] for name in ("class_id", *(f"{one}_{suffix}" for one in _OF_SAID)))
    hits = pd.DataFrame(
        {
            "n": 1,
            "first": first == truth,
            "listed": [one in ids for one, ids in zip(truth, listed, strict=True)],
            "named": named != "",
            "right": named == truth,
        }
    ).astype(int)
    counts = hits.groupby(truth.rename("condition")).sum().reset_index()
    return pd.concat([counts, hits.sum().to_frame().T.assign(condition=ALL)], ignore_index=True)


_OF_SAID = ("first", "named", "listed")


def lines_of(table: pd.DataFrame, title: str) -> Iterator[str]:
    """The table as lines for a terminal."""
    yield f"{title:<34}    n   first right   in the list   named   right of these"
    for row in table.to_dict("records"):
        shown = f"{row['first']:>11}   {row['listed']:>11}   {row['named']:>5}   {row['right']:>14}"
        yield f"{row['condition']:<34} {row['n']:>4}   {shown}"


def confusions(said: pd.DataFrame) -> pd.DataFrame:
    """Counts: true condition by the likeliest one of its crop."""
    ids = sorted({*said["class_id"], *said["first_after"]} - {""})
    return pd.crosstab(said["class_id"], said["first_after"]).reindex(columns=ids, fill_value=0)


def page(table: pd.DataFrame, said: pd.DataFrame, title: str) -> str:
    """The table, and the confusions as a picture, as one HTML page without anything from elsewhere."""
    counts = confusions(said)
    shares = counts.div(counts.sum(axis=1), axis=0)
    head = "".join(f"<th scope=col>{escape(one)}</th>" for one in counts.columns)
    cells = "".join(
        f"<tr><th scope=row>{escape(str(true))}</th>"
        + "".join(
            f'<td style="background:rgb(20 40 255/{shares.loc[true, one]:.2f})">{counts.loc[true, one] or ""}</td>'
            for one in counts.columns
        )
        + "</tr>"
        for true in counts.index
    )
    lines = escape("\n".join(lines_of(table, "")))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        "<style>body{font-family:sans-serif}td{text-align:center;padding:.5em}td,th{border:1px solid #ccc}</style>"
        f"<h1>{escape(title)}</h1><pre>{lines}</pre><h2>What is taken for what</h2>"
        f"<table><tr><td></td>{head}</tr>{cells}</table></html>\n"
    )
