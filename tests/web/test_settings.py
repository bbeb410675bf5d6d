"""Settings of the pages: read from the environment; what makes no sense is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings, SettingWrong
from web import settings as web_settings

HERE = Settings(Path("/nowhere"), "sqlite://")


def test_what_is_not_given_is_as_told_in_the_readme() -> None:
    read = web_settings.read(HERE, {})
    assert (read.secure_cookies, read.trusted_proxies, read.idle_minutes) == (False, 0, 60)


def test_what_is_given_counts() -> None:
    given = {"DUNFLOW_SECURE_COOKIES": "Yes", "DUNFLOW_TRUSTED_PROXIES": "2", "DUNFLOW_IDLE_MINUTES": "15"}
    read = web_settings.read(HERE, given)
    assert (read.secure_cookies, read.trusted_proxies, read.idle_minutes) == (True, 2, 15)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DUNFLOW_SECURE_COOKIES", "ture"),
        ("DUNFLOW_TRUSTED_PROXIES", "one"),
        ("DUNFLOW_TRUSTED_PROXIES", "-1"),
        ("DUNFLOW_IDLE_MINUTES", "0"),
        ("DUNFLOW_IDLE_MINUTES", "²"),
        ("DUNFLOW_IDLE_MINUTES", "9" * 30),
    ],
)
def test_nonsense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingWrong) as refused:
        web_settings.read(HERE, {name: value})
    assert refused.value.params["name"] == name
