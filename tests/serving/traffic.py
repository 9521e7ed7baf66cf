"""Requests that never stop, while something is done to the server."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests import waiting

PATIENCE_S = 120


@dataclass
class Traffic:
    """Clients that ask without a pause, some on a new connection each time, some on one that they keep."""

    port: int
    photo: bytes
    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def ask_until_stopped(self, *, keeps: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while not self._stop.is_set():
            try:
                connection.request("POST", "/v1/diagnoses", self.photo, {"Content-Type": "image/jpeg"})
                response = connection.getresponse()
                answer = json.loads(response.read())
            # Whatever a client sees is a failure.
            except Exception as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            if response.status == 201:
                self.versions.append(answer["model_version"])
            else:
                self.failures.append(str(answer))
            if not keeps:
                connection.close()
            # Leaves the machine something to swap with.
            time.sleep(0.05)
        connection.close()

    def go_on(self) -> None:
        count = len(self.versions)
        wait_until(lambda: len(self.versions) > count + 30)

    @contextmanager
    def flowing(self) -> Iterator[None]:
        clients = [
            threading.Thread(target=self.ask_until_stopped, kwargs={"keeps": keeps}) for keeps in (True, False) * 2
        ]
        for client in clients:
            client.start()
        try:
            yield
        finally:
            self._stop.set()
            for client in clients:
                client.join()


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait for what takes a new process or two."""
    waiting.wait_until(is_so, most_s=PATIENCE_S)
