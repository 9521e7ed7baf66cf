"""Alerts fire when they should, and what they and the dashboard ask for exists."""

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.telemetry.metrics import REGISTRY, observe_request
from tests.absence import absent
from tests.deploy.dockerfile import ROOT

RULES = ROOT / "deploy/prometheus/rules.yaml"
SCRAPE = ROOT / "deploy/prometheus/scrape.yaml"
MTAIL = ROOT / "deploy/prometheus/nginx.mtail"
RUNBOOK = ROOT / "docs/runbook.md"
# Prometheus' own, of its node exporter and of its blackbox exporter.
OF_OTHERS = {
    *("up", "node_timex_sync_status", "node_systemd_unit_state", "node_filesystem_avail_bytes"),
    *("node_filesystem_size_bytes", "probe_success", "probe_ssl_earliest_cert_expiry"),
}
DASHBOARD = ROOT / "deploy/grafana/majani.json"
UNITS = sorted((ROOT / "deploy/systemd").glob("*.*"))
# Of ten; "OK" in the words of systemd.
MOST_EXPOSED = 3.0
HOUR_S = 3600

PHOTOS = 'majani_request_seconds_%s{route="/v1/diagnoses",method="POST",status="%s"%s}'
GOOD = PHOTOS % ("bucket", "2xx", ',le="3.0"')
ANSWERED, FAILED = PHOTOS % ("count", "2xx", ""), PHOTOS % ("count", "5xx", "")
DISK = 'node_filesystem_%s_bytes{mountpoint="%s"} %s'

AGE = 'majani_daily_job_age_seconds{name="%s"} %d+60x60'
# Too soon after ten minutes.
CERTIFICATE = f'probe_ssl_earliest_cert_expiry{{job="majani-site"}} {14 * 24 * HOUR_S + 600}x90'
BUILD = 'majani_build_info{model_version="1"} 1x600'
# An alert, its severity, when it is quiet, and when it fires; then the series that lead to it in Prometheus' notation.
# One value a minute:
MINUTES = [
    ("MajaniInternalErrors page 29m 32m", BUILD, 'majani_errors_total{code="internal_error"} 0x30 1x30'),
    ("MajaniStorageAway page 22m 30m", BUILD, 'majani_storage_failures_total{storage="photos"} 0x20 1+1x40'),
    # Nobody sends.
    (
        "MajaniStorageAway page 22m 30m",
        *(BUILD, 'majani_storage_up{storage="database"} 1x20 0x40', 'majani_storage_up{storage="photos"} 1x60'),
    ),
    ("MajaniDown page 20m 30m", 'majani_build_info{model_version="1"} 1x20 stale'),
    # The clock was a year ahead when the last cases went.
    ("MajaniClockWrong page 15m 35m", BUILD, 'majani_daily_job_age_seconds{name="forget"} 60x20 -34560000x40'),
    ("MajaniDailyJobLate page 5m 15m", BUILD, AGE % ("forget", 72 * HOUR_S - 600)),
    ("MajaniBackupLate ticket 5m 25m", BUILD, AGE % ("backup", 48 * HOUR_S - 600)),
    ("MajaniReports ticket 35m 42m", BUILD, "majani_reports_total 0x20 0+1x8 8x5 8+1x60"),
    # A check that finds something does not end well.
    ("MajaniCheckLate ticket 5m 25m", BUILD, AGE % ("check", 48 * HOUR_S - 600)),
    # No backup at all.
    ("MajaniBackupLate ticket 5m 15m", BUILD, AGE % ("forget", 60)),
    ("MajaniCheckLate ticket 5m 15m", BUILD, AGE % ("forget", 60)),
    # One photo of ten fails, or is late.
    ("MajaniErrorBudgetFast page 1h 110m", f"{GOOD} 0+9x600", f"{ANSWERED} 0+9x600", f"{FAILED} 0x60 0+1x540"),
    ("MajaniErrorBudgetFast page 1h 110m", f"{GOOD} 0+10x60 609+9x540", f"{ANSWERED} 0+10x600"),
    ("MajaniSiteDown page 22m 25m", 'probe_success{job="majani-site",instance="https://majani.example.org"} 1x20 0x40'),
    (
        "MajaniNginxErrors page 20m 35m",
        'nginx_responses_total{status="200",server="service"} 0+90x60',
        'nginx_responses_total{status="503",server="nginx"} 0x20 0+10x40',
    ),
    ("MajaniDiskFull page 25m 35m", DISK % ("size", "/", "100x60"), DISK % ("avail", "/", "50x20 4x40")),
    (
        "MajaniArrivalsFull ticket 20m 30m",
        *(DISK % ("size", "/run/photos", "100x60"), DISK % ("avail", "/run/photos", "90x20 10x40")),
    ),
    ("MajaniCertificateEnds ticket 1h 75m", CERTIFICATE),
    ("MajaniExporterDown ticket 30m 40m", 'up{job="majani-nginx"} 1x20 0x40'),
]
HALF_HOURS = [
    # One photo of eighty fails for days.
    ("MajaniErrorBudgetSlow ticket 24h 80h", f"{GOOD} 0+79x200", f"{ANSWERED} 0+79x200", f"{FAILED} 0x48 0+1x152"),
    (
        "MajaniDiskFilling ticket 24h 49h",
        *(DISK % ("size", "/var", "1000x100"), DISK % ("avail", "/var", "280x48 280-2x52")),
    ),
]


# As Prometheus asks us, and between: it reckons more than it has seen. Three bad answers wake nobody, four do.
HALF_MINUTES = [("MajaniErrorBudgetFast page 62m 88m", f"{ANSWERED} 50x900", f"{FAILED} 0x119 1 2 3x50 4x600")]


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
    check(promtool, "check", "rules", "--lint-fatal", RULES)
    # Its files lie elsewhere on an operator's machine.
    content = yaml.safe_load(SCRAPE.read_text(encoding="utf-8"))
    content["rule_files"] = [str(RULES)]
    content["scrape_configs"][0]["authorization"]["credentials_file"] = str(tmp_path / "token")
    # Debian's own file has these.
    content["scrape_configs"] += [{"job_name": name} for name in ("prometheus", "node")]
    (tmp_path / "token").write_text("token")
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(content))
    check(promtool, "check", "config", tmp_path / "prometheus.yaml")


@pytest.mark.parametrize(
    ("step", "between", "cases"), [("30s", "13s", HALF_MINUTES), ("1m", "1m", MINUTES), ("30m", "30m", HALF_HOURS)]
)
def test_alerts_fire_in_time_and_not_before(
    step: str, between: str, cases: list[tuple[str, ...]], promtool: str, tmp_path: Path
) -> None:
    def test_of(case: str, *series: str) -> dict[str, Any]:
        alert, severity, quiet_at, fires_at = case.split()
        fires = [{"labels": f'{{alertname="{alert}", severity="{severity}"}}', "value": 1}]
        # Which alerts fire, whatever they say of themselves.
        asked = f'count by (alertname, severity) (ALERTS{{alertstate="firing", alertname="{alert}"}})'
        moments = ((quiet_at, []), (fires_at, fires))
        return {
            "interval": step,
            "input_series": [dict(zip(("series", "values"), one.split(" ", 1), strict=True)) for one in series],
            "promql_expr_test": [{"expr": asked, "eval_time": at, "exp_samples": found} for at, found in moments],
        }

    # Else in any order: alerts would see what was recorded half an hour before, which is too old.
    order = [group["name"] for group in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]]
    content = {"rule_files": [str(RULES)], "evaluation_interval": between, "group_eval_order": order}
    file = tmp_path / "test.yaml"
    file.write_text(yaml.safe_dump({**content, "tests": [test_of(*case) for case in cases]}))
    check(promtool, "test", "rules", file)


def names() -> set[str]:
    """What Prometheus gets from the service."""
    return {sample.name for metric in REGISTRY.collect() for sample in metric.samples} | {
        f"{metric.name}{suffix}"
        for metric in REGISTRY.collect()
        for suffix in {"counter": ("_total",), "histogram": ("_count", "_sum", "_bucket")}.get(metric.type, ("",))
    }


def rules(kind: str) -> dict[str, dict[str, Any]]:
    """Alerts (``alert``) or recorded series (``record``), by name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule[kind]: rule for group in groups for rule in group["rules"] if kind in rule}


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for kind in ("alert", "record") for rule in rules(kind).values())
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_metrics_exist() -> None:
    counted = set(re.findall(r"^counter (\w+)", MTAIL.read_text(encoding="utf-8"), re.MULTILINE))
    known = names() | counted | rules("record").keys() | OF_OTHERS
    for expression in expressions():
        asked = set(re.findall(r"\b(?:majani[_:][\w:]+|up|node_\w+|probe_\w+|nginx_\w+)\b(?!-)", expression))
        assert asked, expression
        assert asked <= known, expression


def test_every_alert_has_its_section_of_the_runbook() -> None:
    sections = re.findall(r"^## (Majani\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == list(rules("alert"))
    for name, rule in rules("alert").items():
        assert rule["annotations"]["runbook_url"].endswith(f"/{RUNBOOK.relative_to(ROOT)}#{name.lower()}")


def test_the_objective_is_a_bucket_of_the_service() -> None:
    assert {"3.0"} == set(re.findall(r'le="([\d.]+)"', "".join(expressions())))
    observe_request(route="/objective", method="POST", status=201, duration_s=3.1)
    labels = {"route": "/objective", "method": "POST", "status": "2xx", "le": "3.0"}
    assert REGISTRY.get_sample_value("majani_request_seconds_bucket", labels) == 0


def test_panels_have_places_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: list[tuple[int, int]] = []
    for place in (panel["gridPos"] for panel in panels):
        columns, rows = (range(place[start], place[start] + place[size]) for start, size in ("xw", "yh"))
        taken += itertools.product(columns, rows)
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_units_are_valid_and_closed(tmp_path: Path) -> None:
    """In a file tree with the programs that the units name."""
    if shutil.which("systemd-analyze") is None:
        absent("systemd-analyze is not installed (Debian's package systemd)")
    own, system = tmp_path / "etc/systemd/system", tmp_path / "usr/lib/systemd/system"
    # The targets are those that every system has.
    for folder, files in (own, UNITS), (system, Path("/usr/lib/systemd/system").glob("*.target")):
        folder.mkdir(parents=True)
        for file in files:
            shutil.copy(file, folder)
    programs = re.findall(r"^Exec\w+=\+?(\S+)", "\n".join(unit.read_text() for unit in UNITS), re.MULTILINE)
    for program in {*programs, "/bin/sh"}:
        file = tmp_path / program.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o755)
    command = ["systemd-analyze", "verify", f"--root={tmp_path}", "--man=no", *(unit.name for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "majani" in line] == []
    assert done.returncode == 0, done.stderr
    command = ["systemd-analyze", "security", "--offline=true", f"--root={tmp_path}"]
    services = [unit.name for unit in UNITS if unit.suffix == ".service"]
    check(*command, f"--threshold={round(10 * MOST_EXPOSED)}", *services)


def test_what_deletes_or_copies_waits_for_the_right_time() -> None:
    for name in ("majani-daily", "majani-check", "majani-backup"):
        unit = (ROOT / f"deploy/systemd/{name}.service").read_text(encoding="utf-8")
        assert re.search(r"^After=.*\btime-sync\.target\b", unit, re.MULTILINE), name


def test_the_service_has_memory_for_its_processes_on_any_number_of_cores() -> None:
    unit = (ROOT / "deploy/systemd/majani.service").read_text(encoding="utf-8")
    [processes] = re.findall(r"WEB_CONCURRENCY=(\d+)", unit)
    [most_gb] = re.findall(r"^MemoryMax=(\d+)G", unit, re.MULTILINE)
    assert 0.7 * int(processes) <= int(most_gb)
