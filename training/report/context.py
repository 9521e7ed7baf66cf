"""Everything that the report shows, as rows and texts for its template.

Numbers are taken from figures and tables, never computed here.
"""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from majani.model.bundle import Manifest
from training.artifacts.files import is_sound_field, split_sizes
from training.figures import Figure, interval_of, value_of
from training.places.rows import PlaceTable
from training.release.gate import Verdict
from training.report import charts
from training.sources.description import Domain, Source

Row: TypeAlias = Sequence[object]
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Findings:
    """Results of the stages before.

    Attributes:
        figures: Of the stages ``evaluate`` and ``stress_test``.
        field_source: The source that is nearest to a new field.
        curation: See :func:`training.curation.photo_table.findings`.
        sources: Those with photos.
        photos: Table of splits.
        tables: ``crops``, ``classes``, ``reliability``, ``confusions`` and ``corruption``.
        curves: Accuracy against coverage, by name.
        points: Where the shipped thresholds stand, by the same names.
        places: What became of places left out.
    """

    manifest: Manifest
    figures: Mapping[str, Figure]
    field_source: str
    verdict: Verdict
    curation: Mapping[str, Any]
    sources: Mapping[str, Source]
    photos: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    curves: Mapping[str, pd.DataFrame]
    points: Mapping[str, tuple[float, float]]
    places: PlaceTable


def render(names: Mapping[str, Any]) -> str:
    """The whole page from :func:`context`; all text is escaped."""
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return templates.get_template("report.html.j2").render(names)


def context(findings: Findings) -> dict[str, Any]:
    """The names that the template uses."""
    figures, tables, curation = findings.figures, findings.tables, findings.curation
    headline = ("top1", "answered", "right_when_answered")
    sizes, test = split_sizes(findings.photos), findings.photos[findings.photos["split"] == "test"]
    return {
        "manifest": findings.manifest,
        "verdict": findings.verdict,
        "field_source": findings.field_source,
        "dates": sorted({figure.date.isoformat() for figure in figures.values()}),
        "versions": next((figure.versions for figure in figures.values()), {}),
        "figure_rows": lambda *wanted: figure_rows(figures, *wanted),
        "reviewer_rows": lambda reviewers: [_reviewer(reviewer) for reviewer in reviewers],
        "headline_ids": [
            *(f"{key}.{name}" for key in (findings.field_source, "field") for name in headline),
            "field.wrongly_refused",
        ],
        "doubtful_ids": [f"{source}.top1_doubtful" for source in findings.sources],
        "refused_ids": [f"{source}.refused" for source in findings.sources],
        **_crop_sources(findings),
        **_origins(findings),
        "crops": _accuracies(tables["crops"]),
        "classes": _accuracies(tables["classes"]),
        **_reliability(findings),
        "confusions": list(tables["confusions"].itertuples(index=False, name=None)),
        "corruptions": [_corruption(row) for row in tables["corruption"].to_dict(orient="records")],
        "sources": [
            (source.id, source.licence, source.domain.value, *sizes.loc[source.id])
            for source in findings.sources.values()
        ],
        "curation_counts": [
            ("photos read", curation.get("photos", 0)),
            ("usable", curation.get("usable", 0)),
            *curation.get("problems", {}).items(),
        ],
        "label_conflicts": curation.get("label_conflicts", ()),
        "doubts": [f"{source.id}: {' '.join(source.doubts)}" for source in findings.sources.values() if source.doubts],
        "test_sides_px": test["side_px"].tolist(),
        "reviews": curation.get("reviews", {}),
        "places": [tuple(row.model_dump().values()) for row in findings.places.crops()],
        "grades": [
            (grade.value.replace("_", " "), given.share, given.said, given.right)
            for grade, given in findings.places.graded.grades.items()
        ],
        "comparisons": [
            (
                *(row.source, row.measure, row.candidate, row.champion, _between(row.low, row.high), row.n),
                "yes" if row.decides else "no",
            )
            for row in findings.verdict.table
        ],
    }


def figure_rows(figures: Mapping[str, Figure], *wanted: str) -> list[Row]:
    """The wanted figures that exist, in the wanted order; ``*`` in an id stands for any text."""
    return [
        (figures[key].title, value_of(figures[key]).strip(), interval_of(figures[key]), figures[key].n or "")
        for pattern in wanted
        for key in fnmatch.filter(sorted(figures), pattern)
    ]


def _crop_sources(findings: Findings) -> dict[str, Any]:
    figures = findings.figures
    crops = [source for source in findings.sources.values() if f"{source.id}.top1_own_classes" in figures]
    crops.sort(key=lambda source: figures[f"{source.id}.top1"].value)
    names = ("top1", "top1_own_classes", "answered", "right_when_answered")
    rows = [
        (source.id, source.domain.value, *(_cell(figures.get(f"{source.id}.{name}")) for name in names))
        for source in crops
    ]
    drawn = {f"{source.id} ({figures[f'{source.id}.top1'].n})": source for source in crops}
    of_label = {label: figures[f"{source.id}.top1"] for label, source in drawn.items()}
    in_lab = {label for label, source in drawn.items() if source.domain is Domain.LAB}
    description = "Top-1 of every source with its 95 % interval"
    return {
        "crop_sources": rows,
        "forest": Markup(charts.forest(of_label, in_lab, name="sources", description=description)) if drawn else "",  # noqa: S704 - our drawing
    }


def _origins(findings: Findings) -> dict[str, Any]:
    """Where photos were taken, and the conditions that no photo from a field tests."""
    sizes = split_sizes(findings.photos).sum(axis=1)
    totals: dict[str, list[float]] = {}
    for source in findings.sources.values():
        for country, (latitude, longitude) in source.taken_in.items():
            # A country's mark lies where its first source does.
            totals.setdefault(country, [latitude, longitude, 0])[2] += sizes[source.id]
    places = [(country, lat, lon, int(photos)) for country, (lat, lon, photos) in totals.items()]
    tested = findings.photos[(findings.photos["split"] == "test") & is_sound_field(findings.photos)]
    conditions = [entry.id for entry in findings.manifest.classes if entry.crop is not None]
    description = "Countries where the photos were taken"
    return {
        "origins": Markup(charts.world(places, name="origins", description=description)) if places else "",  # noqa: S704 - our drawing
        "no_country": [source.id for source in findings.sources.values() if not source.taken_in],
        "untested": sorted(set(conditions) - set(tested["class_id"])),
    }


def _reliability(findings: Findings) -> dict[str, Any]:
    table = findings.tables["reliability"]
    if table.empty:
        return {"bins": [], "reliability": "", "coverage": ""}
    reliability = charts.reliability(table, name="reliability", description="Stated probability against share right")
    coverage = charts.coverage(
        findings.curves, findings.points, name="coverage", description="Share answered against share right of these"
    )
    bins = [
        (row["confidence"], row["right"], _between(row["low"], row["high"]), photos)
        for photos, row in zip(table["photos"], (100 * table).to_dict(orient="records"), strict=True)
    ]
    return {"bins": bins, "reliability": Markup(reliability), "coverage": Markup(coverage)}  # noqa: S704 - our drawings


def _accuracies(table: pd.DataFrame) -> list[Row]:
    intervals = map(_between, table["low"], table["high"])
    parts = (table[name] for name in ("name", "where", "photos", "top1"))
    return list(zip(*parts, intervals, table["mistaken_for"], strict=True))


def _corruption(row: Mapping[Any, Any]) -> Row:
    lost = "" if pd.isna(row["low"]) else f"{row['points_lost']:.1f} ({_between(row['low'], row['high'])})"
    answers = (row["answered_right"], row["answered_wrong"], row["retake"])
    return row["corruption"], row["severity"] or "", row["top1"], lost, *answers


def _reviewer(reviewer: Mapping[str, Any]) -> Row:
    kappa = "" if reviewer["kappa"] is None else f"{reviewer['kappa']:.2f}"
    interval = "" if reviewer["low"] is None else f"{reviewer['low']:.2f} to {reviewer['high']:.2f}"
    counts = "yes" if reviewer["is_trusted"] else "no"
    return reviewer["reviewer"], reviewer["reviews"], reviewer["shared_cases"], kappa, interval, counts


def _cell(figure: Figure | None) -> str:
    return "" if figure is None else f"{value_of(figure)} ({interval_of(figure)}; {figure.n})"


def _between(low: float, high: float) -> str:
    """An interval in percent or points."""
    return f"{low:.1f} – {high:.1f}"
