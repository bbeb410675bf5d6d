"""What the pages alone need to know of their surroundings; everything else is in `engine.settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from engine.settings import Settings

TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class WebSettings:
    """Settings of a web process.

    `trusted_proxies` is how many proxies in front add forwarding headers; `secure_cookies` goes with TLS in front.
    `rate_limits` is where attempts are counted: `memory://` for one process, a Redis address for several.
    """

    secure_cookies: bool = False
    trusted_proxies: int = 0
    default_language: str = "zh"
    idle_minutes: int = 60
    session_hours: int = 12
    max_upload_bytes: int = 64 * 1024 * 1024
    rate_limits: str = "memory://"
    testing: bool = False


def read(settings: Settings, environ: Mapping[str, str] = os.environ) -> WebSettings:
    """From DUNFLOW_SECURE_COOKIES, DUNFLOW_TRUSTED_PROXIES and DUNFLOW_IDLE_MINUTES.

    Attempts are counted in Redis where an address of one is given; `limits` has a name of its own for sockets.
    """
    return WebSettings(
        secure_cookies=environ.get("DUNFLOW_SECURE_COOKIES", "").lower() in TRUE,
        trusted_proxies=int(environ.get("DUNFLOW_TRUSTED_PROXIES") or 0),
        idle_minutes=int(environ.get("DUNFLOW_IDLE_MINUTES") or WebSettings.idle_minutes),
        default_language=settings.language,
        rate_limits=settings.redis_url.replace("unix://", "redis+unix://", 1) or "memory://",
    )
