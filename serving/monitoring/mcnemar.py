"""Two models on the same cases: who is right where they differ. Statistics only.

What both get right, or both wrong, says nothing about which is better. The test of McNemar, "Note on the sampling error
of the difference between correlated proportions or percentages", Psychometrika 12 (1947), 153-157, asks only where they
differ.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class PairedOutcomes:
    """Reviewed cases by who answered them rightly."""

    both: int
    incumbent_only: int
    challenger_only: int
    neither: int

    @classmethod
    def count(cls, rights: Iterable[tuple[bool, bool]]) -> "PairedOutcomes":
        """Count cases by whether the incumbent and whether the challenger is right."""
        counted = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
        for pair in rights:
            counted[pair] += 1
        return cls(counted[True, True], counted[True, False], counted[False, True], counted[False, False])

    @property
    def cases(self) -> int:
        """All of them."""
        return self.both + self.incumbent_only + self.challenger_only + self.neither

    @property
    def p_value(self) -> float:
        """Return the exact two-sided probability, 0..1, that equally good models differ at least this unevenly."""
        differing = self.incumbent_only + self.challenger_only
        smaller = min(self.incumbent_only, self.challenger_only)
        tail = sum(math.comb(differing, wins) for wins in range(smaller + 1))
        # Divide whole numbers: as floats, both would overflow from about a thousand cases on.
        return min(1.0, 2 * tail / (1 << differing))
