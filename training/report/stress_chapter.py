"""The report's chapters on what top-1 does not say, as the stage ``probe`` found it."""

import pandas as pd

from training.evaluation.cost import ABSTAINED, ACTIONS, cost
from training.report.context import Findings, between, figure_table, records
from training.report.page import Html, chapter, paragraph, table


def bad_photos(found: Findings) -> Html:
    """What dark, blurred and other bad photos cost."""
    rows = [
        (
            one["corruption"],
            one["severity"] or "",
            f"{one['top1']:.1f}",
            "" if pd.isna(one["low"]) else f"{one['points_lost']:.1f} ({between(one['low'], one['high'])})",
            *(f"{one[share]:.1f}" for share in ("answered_right", "answered_wrong", "retake")),
        )
        for one in records(found.tables["corruption"])
    ]
    heads = ("change", "severity", "top-1, %", "points lost", "answered right, %", "answered wrong, %", "sent back, %")
    return chapter(
        "Bad photos",
        paragraph(
            "The same field photos, changed: 1 is met every day, 3 is the worst that somebody would still send. Points "
            "lost are those of top-1 against the unchanged photos, paired. A photo that is sent back, or of which "
            "nothing is named, does less harm than a wrong answer, so look at the answers too."
        )
        if rows
        else Html(""),
        table(heads, rows),
    )


def help_of_farmers(found: Findings) -> Html:
    """What naming the crop and sending three photos gains."""
    hint, three = figure_table(found.figures, "hint.*"), figure_table(found.figures, "three_photos.*")
    return chapter(
        "Naming the crop, sending three photos",
        hint,
        paragraph(
            "Three photos of one condition, pooled as the photos of one case are. They mostly show different plants; "
            "three photos of one plant are more alike, so expect less from them."
        )
        if three
        else Html(""),
        three,
    )


def laboratory(found: Findings) -> Html:
    """What the background gives away, and the fall from the laboratory to the field."""
    background, gap = figure_table(found.figures, "background.*"), figure_table(found.figures, "gap.*")
    return chapter(
        "Laboratory and field",
        paragraph(
            "Eight border pixels told 49 % of PlantVillage's photos right (Noyan 2022, arXiv 2206.04374), so figures "
            "on laboratory photos are partly owed to their tables. With the leaf painted over, a model that looks at "
            "leaves names the condition no more often than by chance; its shadow and outline stay, so some may remain."
        )
        if background
        else Html(""),
        background,
        gap,
    )


def harm(found: Findings) -> Html:
    """Right and wrong actions, what they cost, and coarser statements."""
    counted = {(one["truth"], one["answered"]): one["photos"] for one in records(found.tables["actions"])}
    rows = [
        (
            truth.value,
            *(_harm_cell(counted.get((truth.value, answered.value), 0), cost(truth, answered)) for answered in ACTIONS),
            _harm_cell(counted.get((truth.value, ABSTAINED), 0), cost(truth, None)),
        )
        for truth in ACTIONS
    ]
    return chapter(
        "What a wrong answer would do",
        figure_table(found.figures, "action.*", "harm.*"),
        paragraph(
            "Field photos by what would be the right action and what the answer leads to, each with its cost. The "
            "costs are judgements: 1 is a virus answered with a spray (money and poison for nothing, and the source "
            "stays), 0 is the right action. Argue with them in training/evaluation/cost.py."
        ),
        table(("true action", *(action.value for action in ACTIONS), "no answer"), rows),
        figure_table(found.figures, "rollup.*", caption="Coarser statements, such as a crop and its kind of trouble"),
    )


def _harm_cell(photos: int, costs: float) -> str:
    return f"{photos} × {costs:g}" if photos else f"– × {costs:g}"
