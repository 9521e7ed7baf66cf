"""What a document may state of the simulated rounds, the table behind the curve, and the curve."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure as Canvas
from scipy.stats import beta, binomtest

from benchmarks.harness.measured import measured
from benchmarks.reviews.curve import (
    COLLECTED,
    QUEUE,
    RANDOM,
    SEEDS,
    WITHOUT_KIN,
    Point,
    Scene,
    Shares,
    by_source,
    interval,
    of_the_new,
)
from benchmarks.reviews.poison import ROUNDS, Caught, Damage
from benchmarks.reviews.reviewers import NAMES
from benchmarks.reviews.stream import NEW
from training.figures import Figure

COMMAND = "python -m benchmarks.reviews --record"
TABLE_FILE = Path("reports/reviews.csv")
PLOT_FILE = Path("reports/plots/reviews.svg")
SHOWN = (30, 100, 300)
_ORDERS = {
    QUEUE: "the queue's order",
    WITHOUT_KIN: "the queue's order without kinship",
    COLLECTED: "cases of it only",
    RANDOM: "any order",
}
_LOOKS = {QUEUE: ("#2f7d4f", "o"), WITHOUT_KIN: ("#1f6fb2", "^"), COLLECTED: ("#6b4fa0", "d"), RANDOM: ("#b3541e", "s")}
_STYLE: dict[Any, Any] = {"svg.fonttype": "none", "font.family": "sans-serif", "axes.spines.top": False}


def figure(title: str, value: float, unit: str, *, n: int, ends: tuple[float, float] | None = None) -> Figure:
    """One number; the models are thrown away, so it names none."""
    interval = None if ends is None else (round(ends[0], 2), round(ends[1], 2))
    return measured(title, round(value, 2), unit, n=n, command=COMMAND, interval=interval).of_no_bundle()


def share(scene: Scene, title: str, values: Shares, which: npt.NDArray[np.bool_]) -> Figure:
    """A percentage of the chosen test photos, averaged over the rounds."""
    low, high = interval(scene, values, which)
    number = int(which.sum())
    if low == high and low in (0.0, 1.0):  # nothing to resample: as many independent photos as there are groups
        exact = float(beta.ppf(0.025, scene.test.rows["group"][which].nunique(), 1))
        low, high = (exact, 1.0) if low else (0.0, 1 - exact)
    return figure(title, 100 * float(values[which].mean()), "%", n=number, ends=(100 * low, 100 * high))


def points(scene: Scene, title: str, first: Shares, second: Shares, which: npt.NDArray[np.bool_]) -> Figure:
    """What the first is better by, on the same photos."""
    low, high = interval(scene, first - second, which)
    change = 100 * float((first - second)[which].mean())
    return figure(title, change, "points", n=int(which.sum()), ends=(100 * low, 100 * high))


def curve_figures(scene: Scene, base: Point, found: Sequence[Point]) -> Iterator[tuple[str, Figure]]:
    """Accuracy on the new condition at each point and in each order, and what became of all other field sources."""
    new = of_the_new(scene)
    at = {(one.order, one.cases): one for one in found}
    yield "reviews.base.new_top1", share(scene, f"{NEW} before any review: top-1", base.right, new)
    yield (
        "reviews.base.new_misnamed",
        share(scene, f"{NEW} before any review: answered with another condition", base.misnamed, new),
    )
    for count in SHOWN:
        for order, said in _ORDERS.items():
            point = at[order, count]
            key, title = f"reviews.{order}.{count:03}", f"{NEW}, {count} reviewed cases, {said}"
            yield f"{key}.new_top1", share(scene, f"{title}: top-1", point.right, new)
            yield f"{key}.new_named", share(scene, f"{title}: answered with it", point.named, new)
            yield f"{key}.new_cases", figure(f"{title}: of these cases show it", point.new_cases, "", n=len(SEEDS))
        for order in (QUEUE, WITHOUT_KIN):
            title = f"{NEW}, {count} reviewed cases: top-1 in {_ORDERS[order]}, less in any order"
            gained = points(scene, title, at[order, count].right, at[RANDOM, count].right, new)
            yield f"reviews.gain.{order}.{count:03}", gained
    for order in (QUEUE, WITHOUT_KIN, COLLECTED):
        last = at[order, max(SHOWN)]
        for source, which in by_source(scene):
            title = f"{source} without {NEW}: top-1 after {last.cases} reviewed cases, {_ORDERS[order]}, less before"
            yield f"reviews.change.{order}.{source}", points(scene, title, last.right, base.right, which)


def poison_figures(scene: Scene, found: Sequence[tuple[str, Caught, Damage, Damage]]) -> Iterator[tuple[str, Figure]]:
    """Report which reviewers are caught, and the damage where none can be caught."""
    new = of_the_new(scene)
    careful = next(four for name, _, four, _ in found if name == "careful")
    for name, who, four, one in found:
        words = {
            "careful": "four careful reviewers",
            "random": "one reviewer of four gives 30 % other labels",
            "systematic": "one reviewer of four gives one wrong label in 30 %",
        }[name]
        others = who.batches * (len(NAMES) - 1)
        caught = f"{words}: left out, the last one" if name == "careful" else f"{words}: left out for it"
        yield f"reviews.poison.{name}.caught", _rate(caught, who.poisoner, who.batches)
        yield f"reviews.poison.{name}.careful", _rate(f"{words}: left out with no reason, others", who.careful, others)
        if name != "careful":
            title = f"{words}, all believed: top-1 on {NEW}, less with careful ones"
            yield f"reviews.poison.{name}.believed", points(scene, title, four.right, careful.right, new)
            alone = f"a lone reviewer, {'any' if name == 'random' else 'one'} wrong label in 30 %"
            yield f"reviews.poison.{name}.alone", share(scene, f"{alone}: top-1 on {NEW}", one.right, new)
            yield f"reviews.poison.{name}.stopped", _rate(f"{alone}: stopped by the gate", one.stopped, len(ROUNDS))


def _rate(title: str, count: int, number: int) -> Figure:
    ends = binomtest(count, number).proportion_ci(method="exact")
    return figure(title, 100 * count / number, "%", n=number, ends=(100 * float(ends.low), 100 * float(ends.high)))


def curve_table(scene: Scene, found: Sequence[Point]) -> pd.DataFrame:
    """All points: reviewed cases, those of the new condition among them, and the shares in percent."""
    new = of_the_new(scene)
    rows = []
    for one in found:
        low, high = interval(scene, one.right, new)
        rows.append(
            {
                "order": one.order,
                "cases": one.cases,
                "new_cases": round(one.new_cases, 1),
                "new_top1": round(100 * float(one.right[new].mean()), 1),
                "low": round(100 * low, 1),
                "high": round(100 * high, 1),
                "new_named": round(100 * float(one.named[new].mean()), 1),
                "new_misnamed": round(100 * float(one.misnamed[new].mean()), 1),
            }
        )
    return pd.DataFrame(rows)


def plot(table: pd.DataFrame) -> None:
    with mpl.rc_context({**_STYLE, "axes.spines.right": False, "svg.hashsalt": "reviews"}):
        canvas = Canvas(figsize=(6.0, 3.6), layout="constrained")
        axes = canvas.add_subplot()
        start = pd.DataFrame([{"cases": 0, "new_top1": 0.0, "low": 0.0, "high": 0.0}])
        for order, (colour, marker) in _LOOKS.items():
            rows = pd.concat([start, table[table["order"] == order]])
            axes.plot(rows["cases"], rows["new_top1"], color=colour, marker=marker, label=_ORDERS[order])
            axes.fill_between(rows["cases"], rows["low"], rows["high"], color=colour, alpha=0.15, linewidth=0)
        axes.axhline(80, color="#8b9688", linewidth=0.8, linestyle="--")
        axes.set_xlabel("reviewed cases")
        axes.set_ylabel(f"top-1 on {NEW}, %")
        axes.set_xlim(0, table["cases"].max() * 1.02)
        axes.set_ylim(0, 101)
        axes.legend(frameon=False, loc="lower right")
        PLOT_FILE.parent.mkdir(parents=True, exist_ok=True)
        canvas.savefig(PLOT_FILE, format="svg", metadata={"Date": None})
