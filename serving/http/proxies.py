"""The sender's address behind proxies."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from serving.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Trust the headers of as many proxies as the settings say, and of none by default."""
    proxies = settings.trusted_proxies
    if proxies:
        # Each proxy adds the address that it sees, but only the nearest says whether the connection was encrypted:
        # most replace that header instead of adding to it.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=1, x_host=0, x_port=0, x_prefix=0
        )
