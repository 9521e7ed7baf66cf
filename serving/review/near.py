"""A circle around a place, to choose cases by."""

from dataclasses import dataclass
from math import acos, cos, radians, sin

from serving.persistence.case_record import Location

_EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True)
class Near:
    """All places at most so many kilometres from one, which is in degrees."""

    latitude: float
    longitude: float
    km: float

    @classmethod
    def parse(cls, text: str) -> "Near":
        """Read ``LAT,LON,KM``; raises ValueError for anything else, and for what is not on Earth."""
        latitude, longitude, km = map(float, text.split(","))
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180 and 0 < km <= 20_020):
            raise ValueError(text)
        return cls(latitude, longitude, km)

    def holds(self, location: Location | None) -> bool:
        """Whether a place is in it; a case without a place is nowhere."""
        if location is None:
            return False
        here, there = radians(self.latitude), radians(location.latitude)
        across = cos(radians(location.longitude - self.longitude))
        cosine = sin(here) * sin(there) + cos(here) * cos(there) * across
        return _EARTH_RADIUS_KM * acos(min(1.0, max(-1.0, cosine))) <= self.km
