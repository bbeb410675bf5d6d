"""What goes wrong in use or surroundings is one sentence with a remedy, exit code 2, in both languages."""

from __future__ import annotations

import inspect
import re
import socket
from pathlib import Path

import pytest
from sqlalchemy import text

import workers.command
from engine import backup, dead_letters, installing, schema, settings
from engine.demo import clock as demo_clock
from engine.errors import DunflowError
from engine.replay import reading
from engine.settings import Settings
from engine.wiring import Dunflow
from tests.commands.conftest import Command
from tests.processes import environment, free_port, run
from workers import connection
from workers.command import data, flows, here, users
from workers.command.texts import CHINESE

OURS = (settings, schema, installing, backup, dead_letters, demo_clock, reading, connection, data, flows, here, users)


def _refused(done: object, *parts: str) -> None:
    assert done.returncode == 2, done.stderr  # type: ignore[attr-defined]
    lines = done.stderr.strip().splitlines()  # type: ignore[attr-defined]
    assert 1 <= len(lines) <= 2
    for part in parts:
        assert part in done.stderr  # type: ignore[attr-defined]


@pytest.mark.parametrize("arguments", [("nope",), ("up", "--nope"), ("import", "cats", "x.csv"), ("restore",)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_wrong_use(dunflow: Command, arguments: tuple[str, ...], lang: str) -> None:
    _refused(dunflow(*arguments, DUNFLOW_LANG=lang), "--help")


def test_help_is_in_the_language_of_the_machine(dunflow: Command) -> None:
    assert "流程图" in dunflow("--help", DUNFLOW_LANG="", LANG="zh_CN.UTF-8", LC_ALL="", LC_MESSAGES="").stdout
    assert "diagrams" in dunflow("--help", DUNFLOW_LANG="", LANG="C.UTF-8", LC_ALL="", LC_MESSAGES="").stdout


def test_a_port_in_use(dunflow: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        _refused(dunflow("up", "--port", port, "--health-port", "0"), f"Port {port} is in use", "--port")
        _refused(dunflow("up", "--port", port, "--health-port", "0", DUNFLOW_LANG="zh"), "已被占用")


def test_a_database_of_a_newer_version(dunflow: Command, house: Dunflow) -> None:
    with house.engine.begin() as connected:
        connected.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for command in (("up", "--port", str(free_port())), ("users", "list"), ("backup", "x.zip")):
        _refused(dunflow(*command), "newer version (9999)", "install")


def test_no_right_to_write(dunflow: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of the folder")
    _refused(dunflow("up", "--data", str(tmp_path / "file" / "data")), "cannot be written to", "DUNFLOW_DATA_DIR")


def test_an_unreachable_redis(dunflow: Command) -> None:
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    done = dunflow("up", "--port", str(free_port()), DUNFLOW_REDIS_URL=url)
    _refused(done, "does not answer", "DUNFLOW_REDIS_URL")
    assert "secret" not in done.stderr


def test_an_unreachable_database(dunflow: Command) -> None:
    url = f"postgresql://somebody:secret@127.0.0.1:{free_port()}/dunflow"
    done = dunflow("up", "--port", str(free_port()), DUNFLOW_DATABASE_URL=url)
    _refused(done, "cannot be used", "DUNFLOW_DATABASE_URL")
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DUNFLOW_DATABASE_URL", "nonsense"),
        ("DUNFLOW_DATABASE_URL", "oracle9://x"),
        ("DUNFLOW_REDIS_URL", "nonsense"),
        ("DUNFLOW_TIMEZONE", "Mars/Olympus"),
        ("DUNFLOW_PORT", "eighty"),
        ("DUNFLOW_CLOCK", "cuckoo"),
    ],
)
def test_a_setting_that_makes_no_sense(dunflow: Command, name: str, value: str) -> None:
    _refused(dunflow("up", **{name: value}), name)


def test_commands_on_an_installation_that_is_not_there(dunflow: Command) -> None:
    for command in (("users", "list"), ("incidents",), ("flows", "releases")):
        _refused(dunflow(*command), "DUNFLOW_DATABASE_URL")


def test_a_real_installation_is_no_demo(here: Settings, house: Dunflow) -> None:
    done = run("users", "create", "adam", "--role", "administrator", env=environment(here))
    assert done.returncode == 0
    arguments = ("demo", "--data", str(here.data_dir), "--port", str(free_port()))
    _refused(run(*arguments, env=environment(here)), "no demonstration", "--data")


def test_everything_that_may_be_said_is_said_in_chinese_too() -> None:
    raised = {
        name: each
        for module in OURS
        for name, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, DunflowError) and each.__module__ == module.__name__
    }
    assert raised.keys() <= CHINESE.keys()
    for name, each in raised.items():
        template = (each.__doc__ or "").splitlines()[0]
        assert set(re.findall(r"{(\w+)", template)) == set(re.findall(r"{(\w+)", CHINESE[name])), name


def test_every_command_has_help() -> None:
    for name in workers.command.COMMANDS:
        command = workers.command.cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.help
