"""Headers of every response, the nonce of its scripts, CSRF, and limits on attempts."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
LONG = "public, max-age=31536000, immutable"
YEAR_SECONDS = 31_536_000


def csp_nonce() -> str:
    """The nonce of this response's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def loosen_styles() -> None:
    """For the pages of diagram and table editors only: they write style attributes and embed their fonts."""
    g.csp_loose_styles = True


def policy() -> str:
    """The content security policy of this response; scripts run by nonce alone, never by place, never inline."""
    loose = g.get("csp_loose_styles", False)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{csp_nonce()}'",
            "style-src 'self' 'unsafe-inline'" if loose else "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:" if loose else "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def protect(app: Flask, *, secure_cookies: bool) -> None:
    """Put headers on every response; pages are never stored, built assets for ever."""

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy())
        if secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")
        if request.path.startswith("/static/built/"):
            response.headers["Cache-Control"] = LONG
        elif request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
            response.vary.add("HX-Request")
        return response
