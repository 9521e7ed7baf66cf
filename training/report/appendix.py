"""The report's last chapters: the photos and what is known against them, the gate, how to measure it again."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from training.report.context import Findings
from training.report.page import Html, chapter, folded, items, paragraph, table


def data(found: Findings) -> Html:
    """Copies and contradicting labels that curation found, and what is known against every source."""
    problems: Mapping[str, int] = found.curation.get("problems", {})
    conflicts: Sequence[str] = found.curation.get("label_conflicts", ())
    counts = [("photos read", found.curation.get("photos", 0)), ("usable", found.curation.get("usable", 0))]
    rows = [
        (one.id, one.licence, one.setting.value, *_split_sizes(found.photos, one.id)) for one in found.sources.values()
    ]
    doubts = [f"{one.id}: {' '.join(one.doubts)}" for one in found.sources.values() if one.doubts]
    return chapter(
        "The photos",
        table(("source", "licence", "setting", "train", "val", "test"), rows, texts=(0, 1, 2)),
        paragraph(
            "Copies were found by their looks, across sources. Of a copy one is used; of copies that their sources "
            "label differently none is, except in an official test split, which stays whole."
        ),
        table(("", "photos"), [*counts, *problems.items()], caption="What curation found"),
        folded(f"Photos left out for contradicting labels ({len(conflicts)})", items(conflicts))
        if conflicts
        else Html(""),
        paragraph("Known doubts of every source:") if doubts else Html(""),
        items(doubts),
        _sizes(found.photos[found.photos["split"] == "test"]),
    )


def _split_sizes(photos: pd.DataFrame, source: str) -> list[int]:
    splits = photos.loc[photos["source"] == source, "split"]
    return [int((splits == name).sum()) for name in ("train", "val", "test")]


def _sizes(photos: pd.DataFrame) -> Html:
    """How large test photos are as the network gets them."""
    if photos.empty:
        return Html("")
    least, most = photos["side_px"].min(), photos["side_px"].max()
    return paragraph(
        f"The short side of the test photos, as they are decoded, has {least} to {most} px. Larger photos are made "
        "smaller while they are decoded, so this does not tell which came from a phone as they were."
    )


def reviews(found: Findings) -> Html:
    """What reviewers said of farmers' cases, who of them counts, and which cases were left out for what."""
    return chapter(
        "Reviewed cases",
        *(part for source, told in found.curation.get("reviews", {}).items() for part in _reviews_of(source, told)),
    )


def _reviews_of(source: str, told: Mapping[str, Any]) -> list[Html]:
    heads = ("reviewer", "cases", "shared with others", "kappa", "95 % interval", "counts")
    reviewers = [
        (
            one["reviewer"],
            one["reviews"],
            one["shared_cases"],
            "" if one["kappa"] is None else f"{one['kappa']:.2f}",
            "" if one["low"] is None else f"{one['low']:.2f} to {one['high']:.2f}",
            "yes" if one["is_trusted"] else "no",
        )
        for one in told["reviewers"]
    ]
    labels = list(told["photos"].items())
    left_out = [
        folded(f"Left out: {code} ({len(which)})", items([str(one) for one in which]))
        for code, which in told["left_out"].items()
    ]
    return [
        paragraph(
            f"{source}: {told['labelled_cases']} of {told['cases']} reviewed cases have a label. Reviewers have "
            "pseudonyms. Whose agreement with the others (Cohen's kappa) is not surely good enough does not count, "
            "unless they gave the same label nearly every time; who shares few cases with others is taken at their "
            "word. The limits stand in params.yaml."
        ),
        table(heads, reviewers, texts=(0, 5), caption="Reviewers"),
        table(("", "photos"), labels, caption="What they saw"),
        *left_out,
    ]


def gate(found: Findings) -> Html:
    """The verdict and its table."""
    verdict = found.verdict
    rows = [
        (
            one.source,
            f"{one.candidate:.1f}",
            f"{one.incumbent:.1f}",
            f"{one.low:.1f} to {one.high:.1f}",
            f"{one.candidate_misled:.1f}",
            f"{one.incumbent_misled:.1f}",
            f"{one.misled_low:.1f} to {one.misled_high:.1f}",
            one.n,
        )
        for one in verdict.table
    ]
    compared = f" Compared with bundle {verdict.incumbent}." if verdict.incumbent else ""
    heads = (
        "source",
        "this bundle, %",
        "running bundle, %",
        "difference, points",
        "wrong answers, %",
        "of the running bundle, %",
        "difference, points",
        "photos",
    )
    return chapter("The gate", paragraph(f"{verdict.decision}: {verdict.reason}.{compared}"), table(heads, rows))


def again(found: Findings) -> Html:
    """How to measure it all again."""
    made, any_figure = found.manifest.provenance, next(iter(found.figures.values()), None)
    versions = ", ".join(f"{name} {one}" for name, one in any_figure.versions.items()) if any_figure else "unknown"
    return chapter(
        "To measure it again",
        items(
            (
                "dvc repro report, with the photos in place (docs/pipeline.md)",
                f"code {made.git_commit}; photos {made.data_sha256[:12]}; settings {made.params_sha256[:12]}",
                f"libraries: {versions}",
            )
        ),
    )
