"""What the pages alone need to know of their surroundings; everything else is in `engine.settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from engine.settings import Settings, SettingWrong

TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
MOST_PROXIES, MOST_MINUTES = 10, 24 * 60


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
    """From DUNFLOW_SECURE_COOKIES, DUNFLOW_TRUSTED_PROXIES and DUNFLOW_IDLE_MINUTES. Raises SettingWrong.

    Attempts are counted in Redis where an address of one is given; `limits` has a name of its own for sockets.
    """
    return WebSettings(
        secure_cookies=_yes(environ, "DUNFLOW_SECURE_COOKIES"),
        trusted_proxies=_whole(environ, "DUNFLOW_TRUSTED_PROXIES", 0, 0, MOST_PROXIES),
        idle_minutes=_whole(environ, "DUNFLOW_IDLE_MINUTES", WebSettings.idle_minutes, 1, MOST_MINUTES),
        default_language=settings.language,
        rate_limits=settings.redis_url.replace("unix://", "redis+unix://", 1) or "memory://",
    )


def _yes(environ: Mapping[str, str], name: str) -> bool:
    """What is neither yes nor no is refused: a misspelt yes must not leave cookies open."""
    value = environ.get(name, "").strip().lower()
    if value not in TRUE | FALSE:
        raise SettingWrong(name=name, value=value, reason="1 or 0")
    return value in TRUE


def _whole(environ: Mapping[str, str], name: str, otherwise: int, least: int, most: int) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return otherwise
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and least <= int(value) <= most):
        raise SettingWrong(name=name, value=value, reason=f"a whole number, {least} to {most}")
    return int(value)
