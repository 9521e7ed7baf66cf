"""What a bundle says of labelled photos, by condition: counts, intervals, and which condition is taken for which."""

from collections.abc import Hashable, Iterator, Mapping
from html import escape

import pandas as pd

from majani.model.bundle import Bundle
from majani.model.head import Answers
from training.adaptation.adapt import decided, head_of
from training.artifacts.embeddings import EmbeddingTable
from training.calibration.situations import Place
from training.evaluation.intervals import share_interval
from training.settings import Params

_ALL = "all"


def answers_of(bundle: Bundle, photos: EmbeddingTable) -> pd.DataFrame:
    """The photos, and ``after``, ``named_after`` and ``belief`` as in :class:`training.adaptation.adapt.Adapted`."""
    head = head_of(bundle)
    answers = Answers(head.class_ids, head.answers(photos.embeddings).probabilities)
    return decided(bundle.manifest, Place("test", answers, photos.rows))


def by_condition(said: pd.DataFrame, params: Params, *, suffix: str = "after") -> pd.DataFrame:
    """A row for each condition and one for all: ``n``, and in percent ``right`` (the likeliest condition of its crop),
    ``answered`` (said alone) and ``right_when_answered``, the first and the last with 95 % intervals.
    """  # noqa: D205
    rows = []
    for name, these in (*said.groupby("class_id"), (_ALL, said)):
        answered = these[these[f"named_{suffix}"] != ""]
        row: dict[str, object] = {"condition": name, "n": len(these)}
        for key, photos, column in (("right", these, suffix), ("right_when_answered", answered, f"named_{suffix}")):
            right = (photos[column] == photos["class_id"]).to_numpy()
            low, high = (
                share_interval(right, photos["group"], resamples=params.evaluate.resamples, seed=params.evaluate.seed)
                if len(photos)
                else (0.0, 1.0)
            )
            row |= {
                key: 100 * right.mean() if len(photos) else None,
                f"{key}_low": 100 * low,
                f"{key}_high": 100 * high,
            }
        rows.append(row | {"answered": 100 * len(answered) / len(these)})
    return pd.DataFrame(rows)


def lines_of(table: pd.DataFrame, title: str) -> Iterator[str]:
    """The table as lines for a terminal."""
    yield f"{title:<34}    n   right of all, %      answered, %   right of these, %"
    for row in table.to_dict("records"):
        when = "" if pd.isna(row["right_when_answered"]) else _share(row, "right_when_answered")
        yield f"{row['condition']:<34} {row['n']:>4}   {_share(row, 'right'):<18} {row['answered']:>10.0f}     {when}"


def _share(row: Mapping[Hashable, float], key: str) -> str:
    return f"{row[key]:.0f} ({row[f'{key}_low']:.0f} - {row[f'{key}_high']:.0f})"


def confusions(said: pd.DataFrame, *, suffix: str = "after") -> pd.DataFrame:
    """Counts: true condition by the likeliest one of its crop."""
    ids = sorted({*said["class_id"], *said[suffix]} - {""})
    return pd.crosstab(said["class_id"], said[suffix]).reindex(columns=ids, fill_value=0)


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
