"""How many reviewers look at a case: one, two of a sample, and one more where they disagree.

Drawn by a hash of the case's own id, so that every process draws the same, and nobody can choose what is checked.
"""

from collections.abc import Collection

from majani.model.bundle import sha256_hex

# Of every so many cases two reviewers see one. Enough to tell within a season whether reviewers agree.
_ONE_IN = 5
MOST_REVIEWS = 3


def wanted_at_first(public_id: str) -> int:
    """How many reviews a case gets if all say the same."""
    return 2 if int(sha256_hex(public_id.encode())[:8], 16) % _ONE_IN == 0 else 1


def wanted_after(public_id: str, labels: Collection[object]) -> int:
    """How many reviews a case gets, by those that it has.

    Args:
        public_id: Of the case.
        labels: What each reviewer says.
    """
    first = wanted_at_first(public_id)
    if len(set(labels)) < 2:
        return first
    return max(first, min(MOST_REVIEWS, len(labels) + 1))
