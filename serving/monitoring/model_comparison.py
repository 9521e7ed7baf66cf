"""Compares a challenger with the model that answers: where they differ, and which is right. Pure functions."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.monitoring.correctness import Judgement, judge
from serving.persistence.shadow_answers import ComparedCase, ModelPair


@dataclass(frozen=True)
class PairedOutcomes:
    """Reviewed cases by who answered them rightly."""

    both: int
    champion_only: int
    challenger_only: int
    neither: int

    @classmethod
    def count(cls, rights: Iterable[tuple[bool, bool]]) -> "PairedOutcomes":
        """Count cases by whether the champion and whether the challenger is right."""
        counted = Counter(rights)
        return cls(counted[True, True], counted[True, False], counted[False, True], counted[False, False])

    @property
    def cases(self) -> int:
        """All of them."""
        return self.both + self.champion_only + self.challenger_only + self.neither

    @property
    def p_value(self) -> float:
        """The exact two-sided probability, 0..1, that equally good models differ at least this unevenly.

        What both get right, or both wrong, says nothing about which is better. The test of McNemar, "Note on the
        sampling error of the difference between correlated proportions or percentages", Psychometrika 12 (1947),
        153-157, asks only where they differ.
        """
        differing = self.champion_only + self.challenger_only
        smaller = min(self.champion_only, self.challenger_only)
        tail = sum(math.comb(differing, wins) for wins in range(smaller + 1))
        # Divide whole numbers: as floats, both would overflow from about a thousand cases on.
        return min(1.0, 2 * tail / (1 << differing))


@dataclass(frozen=True)
class Comparison:
    """Two models on the same cases. Being uncertain is not right; naming what is not so is wrong.

    Attributes:
        differing: Cases with different answers: first those that no expert has seen, then by falling day.
        reviewed: Cases of which experts know the truth, by who is right.
        champion_wrong, challenger_wrong: Of these.
    """

    match: ModelPair
    cases: int
    differing: tuple[ComparedCase, ...]
    reviewed: PairedOutcomes
    champion_wrong: int
    challenger_wrong: int

    @property
    def to_review(self) -> tuple[ComparedCase, ...]:
        """Cases in which they differ and that experts can look at."""
        return tuple(case for case in self.differing if case.keeps_photos)

    @property
    def seen(self) -> int:
        """How many of these an expert has seen."""
        return sum(bool(case.opinions) for case in self.to_review)

    @property
    def p_value(self) -> float | None:
        """That of ``reviewed``; None until experts have seen all cases in which the two differ.

        Experts look first at what the champion doubts. Among these the challenger would be right more often even if it
        were no better, because what the champion is sure of and right about is still to come.
        """
        return self.reviewed.p_value if self.seen == len(self.to_review) else None

    @property
    def same(self) -> int:
        """Cases in which both say the same."""
        return self.cases - len(self.differing)


def compare(match: ModelPair, cases: Sequence[ComparedCase]) -> Comparison:
    """Compare two models on cases that both have answered, newest first."""
    judged = [(judge(case.champion, case.opinions), judge(case.challenger, case.opinions)) for case in cases]
    known = [pair for pair in judged if Judgement.UNKNOWN not in pair]
    differing = [case for case in cases if case.champion != case.challenger]
    return Comparison(
        match,
        len(cases),
        differing=tuple(sorted(differing, key=lambda case: bool(case.opinions))),
        reviewed=PairedOutcomes.count((ours is Judgement.RIGHT, theirs is Judgement.RIGHT) for ours, theirs in known),
        champion_wrong=sum(ours is Judgement.WRONG for ours, _ in known),
        challenger_wrong=sum(theirs is Judgement.WRONG for _, theirs in known),
    )
