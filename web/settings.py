"""What the pages need to know of their surroundings; the command that starts them fills it in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass


@dataclass(frozen=True)
class WebSettings:
    """Settings of one web process.

    `business_clock` is entered around every request: a demo or a test gives `engine.clock.use(...)`.
    `rate_limits` is where counts of attempts are kept: `memory://` for one process, a Redis address for several.
    """

    database_url: str
    secret_key: str
    secure_cookies: bool = False
    trusted_proxies: int = 0
    timezone: str = "Asia/Shanghai"
    default_language: str = "zh"
    idle_minutes: int = 60
    session_hours: int = 12
    max_upload_bytes: int = 64 * 1024 * 1024
    rate_limits: str = "memory://"
    business_clock: Callable[[], AbstractContextManager[object]] = nullcontext
    is_demo: bool = False
    testing: bool = False
