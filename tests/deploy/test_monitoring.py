"""Alerts fire when they should, and what they and the dashboard ask for exists."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.telemetry.metrics import REGISTRY
from tests.absence import absent
from tests.deploy.dockerfile import ROOT

RULES = ROOT / "deploy/prometheus/rules.yaml"
SCRAPE = ROOT / "deploy/prometheus/scrape.yaml"
DASHBOARD = ROOT / "deploy/grafana/majani.json"
UNITS = sorted((ROOT / "deploy/systemd").glob("*.*"))
# Of ten; "OK" in the words of systemd.
MOST_EXPOSED = 3.0
HOUR_S = 3600

BUILD = ('majani_build_info{model_version="1"}', "1x600")
# Series in Prometheus' notation, one value a minute; the alert that they lead to; its severity; when it is quiet, and
# when it fires.
CASES = {
    "internal error": (
        [BUILD, ('majani_errors_total{code="internal_error"}', "0x30 1x30")],
        "MajaniInternalErrors",
        "page",
        ("29m", "32m"),
    ),
    "storage away": (
        [BUILD, ('majani_storage_failures_total{storage="photos"}', "0x20 1+1x40")],
        "MajaniStorageAway",
        "page",
        ("22m", "30m"),
    ),
    "storage away and nobody sends": (
        [
            BUILD,
            ('majani_storage_up{storage="database"}', "1x20 0x40"),
            ('majani_storage_up{storage="photos"}', "1x60"),
        ],
        "MajaniStorageAway",
        "page",
        ("22m", "30m"),
    ),
    "nothing answers": (
        [('majani_build_info{model_version="1"}', "1x20 stale")],
        "MajaniDown",
        "page",
        ("20m", "30m"),
    ),
    "daily job late": (
        [BUILD, ('majani_daily_job_age_seconds{name="forget"}', f"{70 * HOUR_S}+60x600")],
        "MajaniDailyJobLate",
        "page",
        ("1h", "3h"),
    ),
    "backup late": (
        [BUILD, ('majani_daily_job_age_seconds{name="backup"}', f"{46 * HOUR_S}+60x600")],
        "MajaniBackupLate",
        "ticket",
        ("1h", "3h"),
    ),
    "a check that finds something": (
        [BUILD, ('majani_daily_job_age_seconds{name="check"}', f"{46 * HOUR_S}+60x600")],
        "MajaniCheckLate",
        "ticket",
        ("1h", "3h"),
    ),
    "cases change, and not those of a model that was replaced": (
        [
            ('majani_build_info{model_version="1"}', "1x2000"),
            ('majani_drift_index{model_version="0"}', "0.3x2000"),
            ('majani_drift_index{model_version="1"}', "0.1x120 0.3x2000"),
        ],
        "MajaniDrift",
        "ticket",
        ("25h", "27h"),
    ),
}


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        absent("promtool is not installed (Debian's package prometheus)")
    return found


def check(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_and_scraping_are_valid(promtool: str, tmp_path: Path) -> None:
    assert "20 rules found" in check(promtool, "check", "rules", "--lint-fatal", RULES)
    # Its files lie elsewhere on an operator's machine.
    content = yaml.safe_load(SCRAPE.read_text(encoding="utf-8"))
    content["rule_files"] = [str(RULES)]
    [job] = content["scrape_configs"]
    job["authorization"]["credentials_file"] = str(tmp_path / "token")
    (tmp_path / "token").write_text("token")
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(content))
    check(promtool, "check", "config", tmp_path / "prometheus.yaml")


@pytest.mark.parametrize("name", CASES)
def test_alert_fires_in_time_and_not_before(name: str, promtool: str, tmp_path: Path) -> None:
    series, alert, severity, (quiet_at, fires_at) = CASES[name]
    test: dict[str, Any] = {
        "interval": "1m",
        "input_series": [{"series": one, "values": values} for one, values in series],
        # Which alerts fire, whatever they say of themselves.
        "promql_expr_test": [
            {
                "expr": f'count by (alertname, severity) (ALERTS{{alertstate="firing", alertname="{alert}"}})',
                "eval_time": moment,
                "exp_samples": samples,
            }
            for moment, samples in (
                (quiet_at, []),
                (fires_at, [{"labels": f'{{alertname="{alert}", severity="{severity}"}}', "value": 1}]),
            )
        ],
    }
    content = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump(content))
    check(promtool, "test", "rules", file)


def names() -> set[str]:
    """What Prometheus gets from the service."""
    return {sample.name for metric in REGISTRY.collect() for sample in metric.samples} | {
        f"{metric.name}{suffix}"
        for metric in REGISTRY.collect()
        for suffix in {"counter": ("_total",), "histogram": ("_count", "_sum", "_bucket")}.get(metric.type, ("",))
    }


def expressions() -> Iterator[str]:
    for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])


@pytest.mark.parametrize("expression", list(expressions()))
def test_metrics_exist(expression: str) -> None:
    asked = set(re.findall(r"\b(?:majani_\w+|up|node_\w+)\b", expression))
    assert asked
    # The others are Prometheus' own, and its node exporter's.
    assert asked <= names() | {"up", "node_timex_sync_status", "node_systemd_unit_state"}


def test_panels_have_places_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file tree in which the programs and files that the units name exist."""
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze is not installed (Debian's package systemd)")
    root = tmp_path_factory.mktemp("machine")
    folder = root / "etc/systemd/system"
    folder.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, folder)
    programs = re.findall(r"^Exec\w+=\+?(\S+)", "\n".join(unit.read_text() for unit in UNITS), re.MULTILINE)
    for program in {*programs, "/bin/sh"}:
        file = root / program.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o755)
    # The targets that every system has.
    for found in Path("/usr/lib/systemd/system").glob("*.target"):
        target = root / "usr/lib/systemd/system"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(found, target)
    return root


def test_units_are_valid(machine: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={machine}", "--man=no", *(unit.name for unit in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stderr.splitlines() if "majani" in line] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [unit.name for unit in UNITS if unit.suffix == ".service"])
def test_units_are_closed(name: str, machine: Path) -> None:
    threshold = str(round(10 * MOST_EXPOSED))
    check("systemd-analyze", "security", "--offline=true", f"--root={machine}", f"--threshold={threshold}", name)
