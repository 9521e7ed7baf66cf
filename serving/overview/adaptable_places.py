"""Places with enough reviewed photos to adapt a bundle to, as far as they may be shown. Pure functions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from serving.districts import Cell
from serving.overview.counting import ReviewedPhotos
from serving.overview.small_cells import round_down

# What an adaptation was measured with (`adapt.photos` in params.yaml), and the fewest conditions that it takes.
ENOUGH_PHOTOS, ENOUGH_CONDITIONS = 10, 2
# Around the middle of a cell: less than the way to the next one, up to 60 degrees from the equator.
_RADIUS_KM = 5


@dataclass(frozen=True)
class AdaptablePlace:
    """A cell with its reviewed photos by condition, rounded down, most first."""

    cell: Cell
    photos_at_least: Mapping[str, int]
    is_enough: bool

    @property
    def commands(self) -> tuple[str, str]:
        """What exports its photos where the service runs, and what adapts a bundle to them where models are trained."""
        latitude, longitude = (f"{degrees:.1f}" for degrees in self.cell)
        name = f"near_{latitude}_{longitude}"
        return (
            f"majani-admin review export {name}.tar --near={latitude},{longitude},{_RADIUS_KM}",
            f"majani-train adapt {name} --photos {name}.tar",
        )


def find_adaptable_places(
    counts: Iterable[ReviewedPhotos], known: Collection[str], *, min_cases: int
) -> tuple[AdaptablePlace, ...]:
    """Places with a condition that the bundle knows and that may be shown; those with enough first."""
    of_cell: defaultdict[Cell, dict[str, int]] = defaultdict(dict)
    for count in sorted(counts, key=lambda count: (-count.photos, count.condition)):
        if count.condition in known and count.cases >= min_cases:
            of_cell[count.cell][count.condition] = count.photos
    places = [
        AdaptablePlace(
            cell,
            {condition: round_down(number, min_cases) for condition, number in photos.items()},
            sum(number >= ENOUGH_PHOTOS for number in photos.values()) >= ENOUGH_CONDITIONS,
        )
        for cell, photos in of_cell.items()
    ]
    return tuple(sorted(places, key=lambda place: (not place.is_enough, place.cell)))
