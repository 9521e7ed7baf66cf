"""How far two readings of the same sources agree on what helps, what harms and what changes nothing.

    python -m benchmarks.practices

The first reading is what answers use (``data/advice``). The second, ``reports/practices_second_reading.csv``, was made
without sight of it, from the conditions, their sources and the sentences of the practices alone.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import yaml

from majani.text.practice import PracticeFacts

ADVICE = Path("data/advice")
SECOND = Path("reports/practices_second_reading.csv")
VERDICTS = ("helps", "harms", "indifferent")


def readings() -> pd.DataFrame:
    """``first`` and ``second`` verdict on each practice, by condition and practice."""
    practices = yaml.safe_load((ADVICE / "practices.yaml").read_text(encoding="utf-8"))
    second = pd.read_csv(SECOND, index_col="condition", keep_default_na=False)
    cells = {}
    for file in sorted(ADVICE.glob("*.yaml")):
        for condition, entry in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if condition in second.index:
                facts = PracticeFacts.model_validate(entry["practices"])
                for practice in practices:
                    cells[condition, practice] = (
                        _verdict(practice, (facts.helping, facts.harming, facts.indifferent)),
                        _verdict(practice, [second.loc[condition, verdict].split() for verdict in VERDICTS]),
                    )
    return pd.DataFrame.from_dict(cells, orient="index", columns=["first", "second"])


def _verdict(practice: str, listed: Sequence[Sequence[str]]) -> str:
    return next((verdict for verdict, these in zip(VERDICTS, listed, strict=True) if practice in these), "unknown")


def kappa(cells: pd.DataFrame) -> float:
    """Agreement beyond chance (Cohen 1960), at most 1."""
    shares = [cells[reader].value_counts(normalize=True) for reader in ("first", "second")]
    by_chance = float((shares[0] * shares[1]).sum())
    return (float((cells["first"] == cells["second"]).mean()) - by_chance) / (1 - by_chance)


if __name__ == "__main__":
    table = readings()
    print(pd.crosstab(table["first"], table["second"]), end="\n\n")
    counts = table.loc[table["first"] == "helps", "second"].value_counts()
    print(f"said to help: {counts.sum()}; in the second reading {counts['helps']} help, {counts.get('harms', 0)} harm")
    both = table[(table != "unknown").all(axis=1)]
    for words, cells in (
        ("helps, harms or changes nothing", both),
        ("harms or not", both.replace({"helps": "does not harm", "indifferent": "does not harm"})),
    ):
        alike = (cells["first"] == cells["second"]).mean()
        print(f"known in both, {words}: {len(cells)} cells, {alike:.1%} alike, kappa {kappa(cells):.2f}")
