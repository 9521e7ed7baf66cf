"""Security headers of every answer: a page may only load from its own origin and send there."""

from collections.abc import Mapping

from flask import Flask, Response, request

_POLICY_HEADER = "Content-Security-Policy"
_POLICY = {
    "default-src": "'self'",
    "img-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The phone app shows photos before they are sent, and runs the network itself.
_APP_POLICY = _POLICY | {
    "img-src": "'self' blob: data:",
    "media-src": "'self' blob:",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
}


def _written(policy: Mapping[str, str]) -> str:
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


HEADERS = {
    _POLICY_HEADER: _written(_POLICY),
    # With the opener's policy it isolates the app, so that browsers give the network more than one thread.
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A photo of the leaf and, with consent, where it grows; nothing here listens.
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

# One year. Subdomains may belong to other services.
_STRICT_TRANSPORT = "max-age=31536000"


def register(app: Flask) -> None:
    """Add the headers to all answers of ``app``, errors included."""

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # Browsers ignore it on other connections, and a service on a local network may have no certificate.
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
        return response


def allow_app(response: Response) -> Response:
    """Let the phone app do what it needs, in this answer."""
    response.headers[_POLICY_HEADER] = _written(_APP_POLICY)
    return response
