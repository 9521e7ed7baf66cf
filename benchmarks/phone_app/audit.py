"""What others' judges say of the app: axe of every screen, Lighthouse of the first visit."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from benchmarks.phone_app.browser import QUIET, chromium_path
from benchmarks.serving_speed.server import ROOT

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
_TOOLS = Path(__file__).parent


def violations(page: Page) -> list[str]:
    """What axe finds on a page as it is now: rule, impact and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: Any = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]
    ]


def lighthouse(url: str, work: Path, categories: Sequence[str]) -> Mapping[str, float]:
    """Lighthouse's scores for a first visit on its own slow phone, 0 to 100."""
    if not (_TOOLS / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=_TOOLS, check=True, capture_output=True)  # noqa: S607
    report = work / "lighthouse.json"
    command = [
        *(str(_TOOLS / "node_modules/.bin/lighthouse"), url),
        *("--output=json", f"--output-path={report}", "--quiet", f"--only-categories={','.join(categories)}"),
        f"--chrome-flags={' '.join(('--headless=new', *QUIET))}",
    ]
    # It would tell its makers about every error.
    env = os.environ | {"CHROME_PATH": chromium_path(), "NO_UPDATE_NOTIFIER": "1"}
    subprocess.run([*command, "--no-enable-error-reporting"], env=env, check=True, capture_output=True)  # noqa: S603
    content = json.loads(report.read_text(encoding="utf-8"))
    return {name: 100 * content["categories"][name]["score"] for name in categories}
