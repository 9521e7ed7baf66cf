"""The log: one JSON object per line on stderr, whoever says it: this service, gunicorn or a library.

Nothing that could lead to a person is written: no address, path, query, user agent, file name or token.
"""

import logging
import os
from logging.config import dictConfig
from typing import Any

from gunicorn.glogging import Logger
from structlog.contextvars import merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, WrappedLogger

# Whose words we know; libraries only report trouble.
_OWN = ("serving", "majani", "gunicorn.error")
# What gunicorn says with the sender's address or the address of the page, and what is left of it.
_INDISCREET = {
    "Invalid request from ip=": "a request could not be understood",
    "Error handling request": "a request could not be answered",
    # Somebody who went away while the answer was sent.
    "Socket error processing request": "an answer could not be sent",
}


def configuration(level: str) -> dict[str, Any]:
    """What ``logging.config.dictConfig`` needs.

    Args:
        level: Of this service and gunicorn, such as ``INFO``.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": _formatter}},
        "filters": {"discreet": {"()": _Discreet}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "json",
                "filters": ["discreet"],
            }
        },
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": level} for name in _OWN},
            # It warns of every attempt that is repeated, with an address that may hold a platform's token.
            "urllib3": {"level": "ERROR"},
        },
    }


def say_why_not(reason: str) -> None:
    """Log why the service does not start, while nothing is set up yet."""
    dictConfig(configuration("INFO"))
    logging.getLogger(__name__).critical("cannot start: %s", reason)


class JsonLogger(Logger):  # type: ignore[misc]
    """What gunicorn logs with. It keeps no record of requests; that is :mod:`serving.telemetry.request_log`."""

    def setup(self, cfg: Any) -> None:
        """Set up all logging of the process; called by gunicorn when it starts and when it loads anew."""
        self.cfg = cfg
        self._access_log_enabled = False
        dictConfig(configuration(cfg.loglevel.upper()))
        self.error_log.propagate = True


class _Discreet(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "gunicorn.error" and isinstance(record.msg, str):
            for beginning, replacement in _INDISCREET.items():
                if record.msg.startswith(beginning):
                    record.msg, record.args = replacement, ()
        return True


def _formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            add_log_level,
            add_logger_name,
            TimeStamper(fmt="iso", utc=True, key="time"),
            _add_process,
            ExtraAdder(),
            merge_contextvars,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, format_exc_info, JSONRenderer(ensure_ascii=False)],
    )


def _add_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["process"] = os.getpid()
    return event
