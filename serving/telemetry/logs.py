"""The log: one JSON object per line on stderr, for this service, gunicorn and libraries alike.

It has nothing that could lead to a person: no address, path, query, user agent, file name or token.
"""

import logging
from logging.config import dictConfig
from typing import Any

from gunicorn.glogging import Logger
from structlog.contextvars import merge_contextvars
from structlog.processors import CallsiteParameter, CallsiteParameterAdder, JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

# Loggers whose messages we know. Libraries only report trouble.
_OWN = ("serving", "majani")
_GUNICORN = "gunicorn.error"
# From this level on, gunicorn's messages in a worker are about a request and may name its sender or its address.
# Their words may change with any version, so the log has none of them.
_ABOUT_REQUESTS = {
    logging.WARNING: "a request could not be understood",
    logging.ERROR: "a request could not be answered",
}


def configuration(level: str) -> dict[str, Any]:
    """What ``logging.config.dictConfig`` needs; ``level`` is that of this service and gunicorn."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": _formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            **{name: {"level": level} for name in _OWN},
            # At DEBUG it tells of single connections.
            _GUNICORN: {"level": "INFO" if level == "DEBUG" else level},
            # It warns of every attempt that is repeated, with an address that may hold a platform's token.
            "urllib3": {"level": "ERROR"},
        },
    }


def log_refusal(reason: str) -> None:
    """Log why the service does not start, while no logging is set up yet."""
    dictConfig(configuration("INFO"))
    logging.getLogger(__name__).critical("cannot start: %s", reason)


def hide_requests() -> None:
    """Replace gunicorn's own messages about requests from now on, because they could identify a person; for workers."""
    logging.getLogger(_GUNICORN).addFilter(_hide_words)


class JsonLogger(Logger):  # type: ignore[misc]
    """What gunicorn logs with. It keeps no record of requests; that is :mod:`serving.telemetry.request_log`."""

    def setup(self, cfg: Any) -> None:
        """Set up all logging of the process; called by gunicorn when it starts and when it loads anew."""
        self.cfg = cfg
        self._access_log_enabled = False
        dictConfig(configuration(cfg.loglevel.upper()))
        self.error_log.propagate = True


def _hide_words(record: logging.LogRecord) -> bool:
    if record.levelno >= logging.WARNING:
        record.msg, record.args = _ABOUT_REQUESTS.get(record.levelno, _ABOUT_REQUESTS[logging.ERROR]), ()
    return True


def _formatter() -> ProcessorFormatter:
    return ProcessorFormatter(
        foreign_pre_chain=[
            add_log_level,
            add_logger_name,
            TimeStamper(fmt="iso", utc=True, key="time"),
            CallsiteParameterAdder({CallsiteParameter.PROCESS}),
            ExtraAdder(),
            merge_contextvars,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, format_exc_info, JSONRenderer(ensure_ascii=False)],
    )
