"""What places left out say of grades and crops, as tables of the documents.

Between ``<!-- places: grades -->`` (or ``crops``, ``all``, ``untaught``) and ``<!-- end of places -->``.
"""

import re
from collections.abc import Mapping, Sequence

from majani.decision.grades import Grade
from training.places.rows import CropRow, Graded, GradedField, GradedTable, PlaceTable

_TABLE = re.compile(
    r"(<!-- places: (?P<kind>grades|crops|all|untaught) -->\n).*?(?P<end><!-- end of places -->)", re.DOTALL
)
_GRADES = {
    Grade.MOST_LIKELY: "most likely A",
    Grade.PROBABLY: "probably A",
    Grade.ONE_OF: "compare: is it A or B?",
    Grade.NOT_CLEAR: "not clear",
}


def render_places(document: str, places: PlaceTable, crops: Mapping[str, str]) -> str:
    """The Markdown document with its tables of places made anew; ``crops`` are those that the running bundle knows."""

    def made_anew(match: re.Match[str]) -> str:
        return match[1] + "\n".join(made[match["kind"]]) + "\n" + match["end"]

    measured = places.crops()
    others = sorted(_named(one, crops) for one in {*crops} - {one.crop for one in measured})
    made = {
        "grades": _grades(places.graded),
        "crops": _by_band(measured, others, crops),
        "all": _by_crop(measured, others, crops),
        "untaught": _untaught(places.untaught()),
    }
    return _TABLE.sub(made_anew, document)


def _grades(graded: GradedTable) -> list[str]:
    given = [(title, graded.grades.get(one, Graded(share=0))) for one, title in _GRADES.items()]
    refused = 100 - sum(one.share for _, one in given)
    return [
        *_head("it says", "of 100 photos", "the first name is right"),
        # What nobody hears needs no row.
        *(_row(title, f"{one.share:.0f}", _percent(one.right)) for title, one in given if one.share >= 0.5),
        _row("another photo, please; a plant we don't know", f"{refused:.0f}", ""),
        # These two count what is refused too, by the name and the list that it would have got.
        _row(
            f"all, were none refused; {_percent(graded.listed)} of the lists hold the truth",
            "100",
            _percent(graded.first),
        ),
    ]


def _by_band(measured: Sequence[CropRow], others: Sequence[str], crops: Mapping[str, str]) -> list[str]:
    bands = {"8 of 10 or more": (80, 101), "6 to 8": (60, 80), "fewer": (0, 60)}
    rows = {
        title: [
            f"{_named(one.crop, crops)} {one.first:.0f} ({one.listed:.0f})"
            for one in measured
            if low <= one.first < high
        ]
        for title, (low, high) in bands.items()
    }
    return [
        *_head("the likeliest, said or refused, is right in", "crops: that share (and the list's), %"),
        *(_row(title, ", ".join(names)) for title, names in (rows | {"not measured": others}).items()),
    ]


def _by_crop(measured: Sequence[CropRow], others: Sequence[str], crops: Mapping[str, str]) -> list[str]:
    lines = _head(
        *("crop", "conditions", "places", "likeliest right", "truth in the list"),
        *("most likely: given", "right", "healthy: right", "sick called healthy"),
    )
    for one in measured:
        shares = (one.first, one.listed, one.most_likely, one.right, one.healthy_right, one.sick_called_healthy)
        counts = (str(one.conditions), str(one.places))
        lines.append(_row(_named(one.crop, crops), *counts, *map(_percent, shares)))
    return [*lines, "", f"Not measured: {', '.join(others)}."] if others else lines


def _untaught(measured: Sequence[GradedField]) -> list[str]:
    """Of a condition that was left out by its id, the network knows the places; of others not even these."""
    groups = {"in fields never seen": False, "in fields that it has learned from": True}
    rows = {title: [one for one in measured if ("." in one.place) == known] for title, known in groups.items()}
    return [
        *_head("diseases that it was not taught", "most likely, mean", "each place or disease (n): most likely"),
        *(
            _row(title, _percent(sum(shares) / len(shares)), ", ".join(each))
            for title, of in rows.items()
            if (shares := [one.grades[Grade.MOST_LIKELY].share for one in of])
            for each in [[_untaught_in(one, share) for one, share in zip(of, shares, strict=True)]]
        ),
    ]


def _untaught_in(one: GradedField, share: float) -> str:
    place = one.place.partition(",")[0].replace("_", " ")
    crop = one.crop.replace("_", " ")
    return f"{place if place.startswith(crop) else f'{place}, {crop}'} ({one.n}) {share:.0f}"


def _named(crop: str, crops: Mapping[str, str]) -> str:
    return crops.get(crop, crop.replace("_", " ")).lower()


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"


def _head(*titles: str) -> list[str]:
    return [_row(*titles), "|" + "---|" * len(titles)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
