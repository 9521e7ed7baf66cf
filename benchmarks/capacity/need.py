"""From diagnoses a month to cores, bytes and money; arithmetic alone, every assumption by its name.

The worst case on purpose: every photo is answered by the service, although the phone app answers most by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_MONTH_S = 30 * 24 * 3600
# Of the 12-megapixel photos that the service's speed is measured with.
LARGE_PHOTO_BYTES = 3_600_000
_DAYS = 30


@dataclass(frozen=True)
class Costs:
    """What one photo or one case takes, as measured."""

    small_cpu_s: float  # CPU time of the service for a 1024 px photo; the phone app sends up to 1280 px
    large_cpu_s: float  # Likewise for 12 megapixels, from the page without the app and from messengers
    database_cpu_s: float  # CPU time of PostgreSQL for a case
    case_bytes: float  # Of the database, indexes included
    photo_bytes: float  # Of a 1024 px photo
    large_photo_bytes: float  # Of a 12-megapixel one
    answer_bytes: float  # Of an answer
    worker_bytes: float  # Memory of a process of the service
    bulk_cpu_s: float  # Core time of bulk classification for a photo of the archive that it was measured on

    @classmethod
    def from_figures(cls, value: Mapping[str, float]) -> "Costs":
        return cls(
            small_cpu_s=value["speed.1024px.majani.cpu"] / 1000,
            large_cpu_s=value["speed.12mp.majani.cpu"] / 1000,
            database_cpu_s=value["capacity.database_cpu"] / 1000,
            case_bytes=value["capacity.database_bytes"] * 1000,
            photo_bytes=value["capacity.photo"] * 1000,
            large_photo_bytes=LARGE_PHOTO_BYTES,
            answer_bytes=value["capacity.answer"] * 1000,
            worker_bytes=value["speed.memory"] * 1e6,
            bulk_cpu_s=2 / value["bulk.local.per_s"],
        )


@dataclass(frozen=True)
class Habits:
    """What people do; assumptions, to be replaced by what an installation sees."""

    photos_per_case: float = 1.5  # Mean
    large_share: float = 0.1  # Of photos that come as the camera made them
    # Daylight lasts ten hours, markets have days, and rust comes to all in the same week.
    busy_factor: float = 6.0  # Load of the season's busiest hour over the month's mean
    keeping_share: float = 0.3  # Of cases whose sender lets the photos be kept
    diagnosis_days: int = 90  # How long cases without kept photos stay; the service's default
    photo_days: int = 1095  # How long cases with kept photos stay; likewise
    backups: int = 30  # Of the database; in all of them a photo takes its room once
    # Latency then stays low, and one machine may go.
    busy_share: float = 0.5  # Of a core that may be busy in the busiest hour
    core_hour: float = 0.04  # Price of a core for an hour
    gb_month: float = 0.02  # Price of a gigabyte in an object store for a month
    gb_out: float = 0.08  # Price of a gigabyte sent


@dataclass(frozen=True)
class Need:
    """What so many diagnoses take."""

    cases_per_s: float  # In the busiest hour
    service_cores: float  # For that hour
    service_gb: float  # Memory of that many processes, one per core
    database_cores: float  # For that hour
    database_gb: float  # When as many cases go as come
    photos_gb: float  # Likewise
    backups_gb: float  # Likewise
    in_gb: float  # Received in a month
    out_gb: float  # Sent in a month, without the phone app and its model
    money: float  # For cores all month, photos, backups and what is sent, in the currency of the prices


def need(cases: float, costs: Costs, habits: Habits) -> Need:
    """What ``cases`` diagnoses a month take."""
    photos = cases * habits.photos_per_case
    small, large = photos * (1 - habits.large_share), photos * habits.large_share
    busy = habits.busy_factor / _MONTH_S / habits.busy_share
    service_cores = max(1.0, (small * costs.small_cpu_s + large * costs.large_cpu_s) * busy)
    database_cores = max(1.0, cases * costs.database_cpu_s * busy)
    received = small * costs.photo_bytes + large * costs.large_photo_bytes
    kept_bytes = received * habits.keeping_share
    lasting_days = habits.keeping_share * habits.photo_days + (1 - habits.keeping_share) * habits.diagnosis_days
    photos_gb = kept_bytes * habits.photo_days / _DAYS / 1e9
    database_gb = cases * costs.case_bytes * lasting_days / _DAYS / 1e9
    backups_gb = photos_gb + habits.backups * database_gb
    out_gb = cases * costs.answer_bytes / 1e9
    return Need(
        cases_per_s=cases * habits.busy_factor / _MONTH_S,
        service_cores=service_cores,
        service_gb=service_cores * costs.worker_bytes / 1e9,
        database_cores=database_cores,
        database_gb=database_gb,
        photos_gb=photos_gb,
        backups_gb=backups_gb,
        in_gb=received / 1e9,
        out_gb=out_gb,
        money=(service_cores + database_cores) * habits.core_hour * _MONTH_S / 3600
        + (photos_gb + backups_gb) * habits.gb_month
        + out_gb * habits.gb_out,
    )


def core_hours_per_million(cpu_s: float) -> float:
    return cpu_s * 1e6 / 3600
