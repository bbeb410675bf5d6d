"""A missing Chromium fails with the line that installs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import INSTALL, ChromiumMissing, find_chromium


def test_a_missing_chromium_is_told_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DUNFLOW_CHROMIUM", raising=False)
    with pytest.raises(ChromiumMissing) as missing:
        find_chromium()
    assert INSTALL in str(missing.value)


def test_a_named_chromium_that_is_not_there_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUNFLOW_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(ChromiumMissing):
        find_chromium()
