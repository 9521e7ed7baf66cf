"""A receiver on this machine: it verifies as docs/webhooks.md says, and leaves out what it has already."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from serving.events.message import make_secret
from serving.persistence.outbox import EventKind, Outbox
from tests.documents import code_blocks
from tests.serving.messaging.local_server import Asked, LocalServer, Reply

RECIPE: dict[str, Any] = {}
exec(next(block.code for block in code_blocks("webhooks.md") if block.language == "python"), RECIPE)  # noqa: S102
is_genuine: Callable[[str, Mapping[str, str], bytes], bool] = RECIPE["is_genuine"]
TROUBLE = "event"


class Receiver:
    """Answers 200, unless ``answer`` says otherwise for what an event is about; ``secret`` is set when it is added."""

    def __init__(self) -> None:
        self.secret = ""
        self.answer: Callable[[Mapping[str, Any]], Reply] = lambda _: Reply()
        self.server = LocalServer(self._take)
        self.events: list[Mapping[str, Any]] = []
        self.repeated = 0
        self.false = 0

    def add_to(self, outbox: Outbox, *kinds: EventKind) -> int:
        self.secret = make_secret()
        kinds = kinds or tuple(EventKind)
        return outbox.add_receiver(f"{self.server.url}/hook", self.secret, kinds, may_be_private=True)

    def heard(self) -> dict[str, list[Any]]:
        """For each case, the numbers of reviewers that its events had, in the order in which they came; 0 without."""
        heard: dict[str, list[Any]] = {}
        for event in self.events:
            reviewers = event["data"].get("review", {}).get("reviewers", 0)
            heard.setdefault(event["data"]["case"], []).append(reviewers)
        return heard

    def _take(self, asked: Asked) -> tuple[str, Reply]:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        self.false += not is_genuine(self.secret, headers, asked.body)
        event = json.loads(asked.body)
        reply = self.answer(event)
        if event["id"] in {one["id"] for one in self.events}:
            self.repeated += 1
        elif reply.status == 200:
            self.events.append(event)
        return TROUBLE, reply


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.server.close()
