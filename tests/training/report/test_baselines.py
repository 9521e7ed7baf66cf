from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from training.report.baselines import read_peers

ONE: dict[str, Any] = {"beside": "beans.top1", "who": "S", "value": 7, "unit": "%", "source": "https://example.org/"}


def write(path: Path, **changes: Any) -> Path:
    path.write_text(yaml.safe_dump([{key: one for key, one in {**ONE, **changes}.items() if one is not None}]))
    return path


def test_reads_what_others_publish(tmp_path: Path) -> None:
    assert read_peers(tmp_path / "none.yaml") == ()
    (one,) = read_peers(write(tmp_path / "peers.yaml", n=12))
    assert (one.who, one.value, one.n, str(one.source)) == ("S", 7, 12, "https://example.org/")


@pytest.mark.parametrize("changes", [{"source": None}, {"source": "somewhere"}, {"vaule": 1}], ids=str)
def test_refuses_a_figure_that_nobody_could_check(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        read_peers(write(tmp_path / "peers.yaml", **changes))
