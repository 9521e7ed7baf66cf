"""Tables of labels: CSV, lists of JSON records, COCO or Croissant, all read into the same rows."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from training.sources.description import PARTS, LabelTable, SourceError, composed

_YES_NO = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}
_COCO = {"images", "annotations", "categories"}


@dataclass
class Row:
    """What a table tells of one photo."""

    labels: set[str] = field(default_factory=set)
    parts: dict[str, str] = field(default_factory=dict)


def read_labels(labels: LabelTable, folder: Path) -> Mapping[str, Row]:
    """By what the table calls a photo.

    Raises:
        SourceError: If the file is missing or malformed, lacks a column, or needs a library that is not installed.
    """
    columns = {name: column for name in PARTS if (column := getattr(labels, name)) is not None}
    needed = {labels.photo, *labels.columns, *columns.values()}
    try:
        records = _records(folder / labels.file, labels.records, needed)
        if lacking := needed.difference(*records):
            raise KeyError(f"no record has {sorted(lacking)}")
        rows: defaultdict[str, Row] = defaultdict(Row)
        for cells in ({name: _texts(record.get(name)) for name in needed} for record in records):
            # Some machines write the accents of file names apart.
            row = rows[composed("".join(cells[labels.photo]))]
            row.labels.update(_labels_of(cells, labels))
            row.parts.update((name, " ".join(cells[column])) for name, column in columns.items())
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        text = f"{folder / labels.file}: no labels in UTF-8 with the columns {sorted(needed)}: {error}"
        raise SourceError(text) from error
    return rows


def _records(file: Path, key: str | None, needed: set[str]) -> Sequence[Mapping[Any, Any]]:
    if file.suffix == ".csv":
        return pd.read_csv(file, dtype=str, keep_default_na=False, usecols=sorted(needed)).to_dict("records")
    text = file.read_text(encoding="utf-8-sig")
    if file.suffix == ".jsonl":
        # Texts may hold separators of lines that Unicode knows besides.
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    content = json.loads(text)
    if isinstance(content, dict) and content.keys() >= _COCO and key is None:
        images, names = ({item["id"]: item for item in content[name]} for name in ("images", "categories"))
        return [
            {**images[annotation["image_id"]], "category": names[annotation["category_id"]]["name"]}
            for annotation in content["annotations"]
        ]
    return content if key is None else content[key]  # type: ignore[no-any-return]


def _texts(value: Any) -> list[str]:
    """JSON may hold lists, numbers, or nothing."""
    values = list(value) if isinstance(value, list) else [value]
    return [str(value).strip() for value in values if not pd.isna(value)]


def _labels_of(cells: Mapping[str, list[str]], labels: LabelTable) -> Iterator[str]:
    for column in labels.columns:
        for cell in cells[column]:
            if len(labels.columns) > 1 and cell.lower() in _YES_NO:
                yield from [column] * _YES_NO[cell.lower()]
            else:
                yield from filter(None, map(str.strip, cell.split(labels.separator) if labels.separator else [cell]))
