"""nginx with the deployed configuration, in front of made-up replicas."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.faults.scene import NotHereError
from benchmarks.replicas import proxy as proxies
from benchmarks.replicas.proxy import Proxy
from tests.benchmarks.replicas.here import needing_what_may_be_absent

Front = Callable[..., Proxy]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """``front(8001, 8002)`` starts nginx before these ports."""
    with needing_what_may_be_absent(), ExitStack() as stack:
        binary = proxies.find_binary()
        if binary is None:
            raise NotHereError("nginx is not installed (Debian's package nginx-light)")
        yield lambda *replicas: stack.enter_context(proxies.run_proxy(binary, replicas, tmp_path / "nginx"))
