"""Exports of the review desk, made up: the tables and photos as the service writes them."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

REVIEWS_HEADER = ("case", "reviewer", "verdict", "condition", "reviewed_on")
PHOTOS_HEADER = ("case", "position", "path", "sha256", "crop_hint", "model_version")
Row = tuple[object, ...]


def review(case: str, reviewer: str, said: str) -> Row:
    """A row of ``reviews.csv``; ``said`` is a condition or another verdict."""
    verdict, condition = ("condition", said) if "." in said else (said, "")
    return (case, reviewer, verdict, condition, "2026-11-25")


def photo_row(path: str, content: bytes) -> Row:
    _, case, name = path.split("/")
    position = Path(name).stem
    return (case, position, path, hashlib.sha256(content).hexdigest(), "", "2026.11.24-00000000")


def table(header: Iterable[str], rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def export_files(
    reviews: Iterable[Row], photos: Mapping[str, bytes], changed: Mapping[str, bytes] = {}
) -> dict[str, bytes]:
    """Content by name; ``changed`` replaces some."""
    files = {
        "reviews.csv": table(REVIEWS_HEADER, reviews),
        "photos.csv": table(PHOTOS_HEADER, [photo_row(path, content) for path, content in sorted(photos.items())]),
        **photos,
    }
    return {**files, **changed}


def described_reviews(name: str = "field_reviews", **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": name,
        "authors": ["Farmers"],
        "licence": "not passed on",
        "citation": "none",
        "domain": "field",
        "layout": "photos/{case}/{file}",
        "download_by_hand": "Export them.",
        **changes,
    }
