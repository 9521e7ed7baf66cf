"""The report's first chapters: which bundle, how right, how sure, what it confuses.

In an order and in words for an agronomist who doubts it. Only figures that exist are shown; numbers are taken from them
and from tables, never worked out here.
"""

from collections.abc import Mapping

from training.figures import Figure
from training.report import charts
from training.report.context import Findings, between, figure_table, interval, records, value
from training.report.page import Html, chapter, chart, folded, heading, paragraph, table
from training.sources.description import Setting, Source


def headline(found: Findings) -> Html:
    """Which bundle, of when, and the figures to remember."""
    model, own = found.manifest.model, found.field_source
    dates = sorted({figure.date.isoformat() for figure in found.figures.values()})
    keys = [f"{key}.{one}" for key in (own, "field") for one in ("top1", "answered", "right_when_answered")]
    return Html(
        "\n".join(
            (
                heading(f"How right Majani's bundle {found.manifest.version} is"),
                paragraph(
                    f"Measured {' and '.join(dates) or 'on no photos'} on test photos, which neither trained nor tuned "
                    f"anything, with the {model.precision} model that ships ({model.size_bytes / 1e6:.1f} MB, sha256 "
                    f"{model.sha256[:12]}), thresholds included. The gate's verdict on it: "
                    f"{found.verdict.decision} ({found.verdict.reason})."
                ),
                figure_table(found.figures, *keys, "field.wrongly_refused", "action.field.*", "harm.field.*"),
                paragraph(
                    f"Most sources were taken in one place with one camera. {own} mixes many places: expect its "
                    "figures, not the others', from a new field. Intervals are 95 %, whole leaves or bursts resampled; "
                    "they say how much the choice of test photos matters, and nothing of fields that no source shows. "
                    "Folders marked as doubtful count in no figure unless it says so."
                ),
            )
        )
    )


def by_source(found: Findings) -> Html:
    """Top-1 of every source, as a chart and as a table, and how often pictures of no crop are refused."""
    doubtful, refused = ([f"{one}.{name}" for one in found.sources] for name in ("top1_doubtful", "refused"))
    return chapter(
        "By source",
        *_crop_sources(found),
        figure_table(found.figures, *doubtful, caption="Doubtful folders"),
        figure_table(found.figures, *refused, caption="Pictures of no known crop"),
    )


def _crop_sources(found: Findings) -> list[Html]:
    crops = [one for one in found.sources.values() if f"{one.id}.top1_own_classes" in found.figures]
    if not crops:
        return []
    ordered = sorted(crops, key=lambda one: found.figures[f"{one.id}.top1"].value)
    ranges = [_range(one, found.figures[f"{one.id}.top1"]) for one in ordered]
    names = ("top1", "top1_own_classes", "answered", "right_when_answered")
    rows = [
        (one.id, one.setting.value, *(_cell(found.figures, f"{one.id}.{name}") for name in names)) for one in ordered
    ]
    heads = ("source", "setting", "top-1", "among its own classes", "answered", "right when answered")
    return [
        chart(
            charts.forest(ranges, name="sources", description="Top-1 of every source with its 95 % interval"),
            "Top-1 among all classes of the model, with 95 % intervals and the number of test photos. Round: taken in "
            "the field or on the web; square: in a laboratory, on a plain background.",
        ),
        table(heads, rows, texts=(0, 1)),
    ]


def _range(source: Source, figure: Figure) -> charts.Range:
    low, high = (figure.value if end is None else end for end in (figure.low, figure.high))
    label = f"{source.id} ({figure.n})"
    return charts.Range(label, figure.value, low, high, in_field=source.setting is not Setting.LAB)


def _cell(figures: Mapping[str, Figure], key: str) -> str:
    figure = figures.get(key)
    return "" if figure is None else f"{value(figure)} ({interval(figure)}; {figure.n})"


def by_crop(found: Findings) -> Html:
    """Top-1 of every crop, and of every class on demand."""
    heads = ("", "where", "photos", "top-1, %", "95 % interval", "most often taken for")

    def listed(name: str, caption: str = "") -> Html:
        rows = [
            (
                one["name"],
                one["where"],
                one["photos"],
                f"{one['top1']:.1f}",
                between(one["low"], one["high"]),
                one["mistaken_for"],
            )
            for one in records(found.tables[name])
        ]
        return table(heads, rows, texts=(0, 1, 5), caption=caption)

    crops = listed("crops", "Top-1 by crop, in the field and in the laboratory")
    if not crops:
        return Html("")
    return chapter(
        "By crop and by class",
        paragraph("Where few photos are left of a class, its interval says so: read that, not the percentage."),
        crops,
        folded("By class", listed("classes")),
    )


def confidence(found: Findings) -> Html:
    """Whether said probabilities are kept, and what a stricter threshold would buy."""
    reliability = found.tables["reliability"]
    if reliability.empty:
        return Html("")
    rows = [
        (f"{one['confidence']:.1f}", f"{one['right']:.1f}", between(one["low"], one["high"]), photos)
        for photos, one in zip(reliability["photos"], records(100 * reliability), strict=True)
    ]
    return chapter(
        "How sure it is, and how sure it may be",
        chart(
            charts.reliability(reliability, name="reliability", description="Said probability against share right"),
            "All field photos: said probability of the best class against how often it was right. On the dashed line a "
            "probability is kept; below it too much is promised.",
        ),
        figure_table(found.figures, "field.ece"),
        folded("The bins", table(("said, %", "right, %", "95 % interval", "photos"), rows, texts=())),
        chart(
            charts.coverage(
                found.curves, found.points, name="coverage", description="Share answered against share right of these"
            ),
            "The more photos are answered, the more answers are wrong. Lines: one threshold for all classes. Dots: the "
            "thresholds that ship, which differ by class.",
        ),
    )


def confusions(found: Findings) -> Html:
    """What is most often taken for what."""
    rows = [
        (one["truth"], one["answered"], one["photos"], f"{one['share']:.1f}")
        for one in records(found.tables["confusions"])
    ]
    heads = ("true", "best class said", "photos", "% of the true class")
    return chapter(
        "The commonest confusions", table(heads, rows, texts=(0, 1), caption="All sound test photos of crops")
    )


def precision(found: Findings) -> Html:
    """What 8-bit numbers cost and buy."""
    return chapter("Eight-bit numbers", figure_table(found.figures, "int8.*", "bundle.*"))
