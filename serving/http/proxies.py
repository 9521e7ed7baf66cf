"""The sender's address behind proxies."""

import logging
from threading import Lock

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from serving.settings import Settings, variable

_OF_PROXIES = ("X-Forwarded-For", "Forwarded")

logger = logging.getLogger(__name__)


def register(app: Flask, settings: Settings) -> None:
    """Trust the headers of as many proxies as the settings say, and of none by default."""
    proxies = settings.trusted_proxies
    if not proxies:
        _warn_once(app)
        return
    # Each proxy adds the address that it sees, but only the nearest says whether the connection was encrypted:
    # most replace that header instead of adding to it.
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=proxies, x_proto=1, x_host=0, x_port=0, x_prefix=0
    )


def _warn_once(app: Flask) -> None:
    """Say in the log, once, that a proxy seems to be there: all its clients would count as one sender."""
    is_first = Lock()

    @app.before_request
    def look() -> None:
        if any(name in request.headers for name in _OF_PROXIES) and is_first.acquire(blocking=False):
            logger.warning(
                "a request came through a proxy, but %s is 0: all clients of that proxy count as one sender, and "
                "browsers get no Secure cookie",
                variable("trusted_proxies"),
            )
