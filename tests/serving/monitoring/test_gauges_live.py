"""The metrics of change under the real server: whichever process is asked, there is one number for all."""

import http.client
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.overview.cases import FIRST_MODEL, MadeUp, add
from serving.persistence.engine import connect
from serving.persistence.migration import upgrade
from tests.serving.live import Server, serve

SECRET = "0123456789abcdef"  # noqa: S105 - of this test


def metrics(server: Server) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {SECRET}", "Connection": "close"})
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read().decode()


def test_two_processes_say_one_number(tiny_bundle_dir: Path, tmp_path: Path) -> None:
    url, now = f"sqlite:///{tmp_path / 'majani.sqlite3'}", datetime.now(UTC)
    engine = connect(url)
    upgrade(engine)
    named = [MadeUp(now - timedelta(days=9, minutes=-number), "bean.rust") for number in range(500)]
    doubtful = [MadeUp(now - timedelta(days=1, minutes=-number), None) for number in range(200)]
    add(engine, [*named, *doubtful])
    with serve(tiny_bundle_dir, workers=2, database_url=url, metrics_token=SECRET) as server:
        for _ in range(8):
            text = metrics(server)
            [index] = re.findall(r"^majani_drift_index(\{.*?\}) (\S+)$", text, re.MULTILINE)
            assert index[0] == f'{{measure="outcome",model_version="{FIRST_MODEL}"}}'
            assert float(index[1]) > 0.25
            [share] = re.findall(r'^majani_answer_share\{.*?of="answered"\} (\S+)$', text, re.MULTILINE)
            assert float(share) == 0
    engine.dispose()
