"""`dunflow up` and `dunflow work`: everything on one machine, or more workers on another."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from engine import installing, people, schema
from engine.flow import catalogue
from engine.flow.kernel import Kernel
from engine.settings import MOST_PORT, Settings
from engine.wiring import Dunflow, build
from workers import cron, embedded, worker
from workers.command import here
from workers.command.language import language, t
from workers.connection import QUEUES, await_socket, reach
from workers.supervisor import Child, Supervisor

REDIS_SECONDS = 15
host = click.option("--host", help=t("Address to listen on.", "监听的地址。"))
port = click.option(
    "--port", type=click.IntRange(1, 65_535), help=t("Port of the pages (8000).", "网页端口（默认 8000）。")
)
data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help=t("Folder of the data.", "数据文件夹。"),
)


@click.command(help=t("Start everything: pages, workers, clock.", "启动全部：网页、后台进程、时钟。"))
@host
@port
@data
@click.option(
    "--health-port",
    type=click.IntRange(0, 65_535),
    help=t("Port where workers tell their health (port + 1; 0: none).", "后台健康检查端口（默认端口加一；0 为不开）。"),
)
def up(host: str | None, port: int | None, data: Path | None, health_port: int | None) -> int:
    """The whole system, for real use."""
    here.set_up_logs()
    settings = here.with_redis(here.found(data, host=host, port=port, health_port=health_port, clock="real"))
    if health_port is None and not settings.health_port:
        settings = replace(settings, health_port=settings.port + (1 if settings.port < MOST_PORT else -1))
    with here.alone(settings.data_dir):
        return run(settings, first=_first_administrator, told=lambda: None)


@click.command(help=t("Start workers only, on a further machine.", "在其他机器上只启动后台进程。"))
@data
@click.option(
    "--queue",
    "queues",
    type=click.Choice(QUEUES),
    multiple=True,
    help=t("Only this queue; may be repeated.", "只处理该队列；可重复。"),
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, help=t("Workers per queue.", "每个队列的进程数。"))
@click.option("--no-cron", is_flag=True, help=t("Leave the clock to another machine.", "时钟由其他机器负责。"))
def work(data: Path | None, queues: tuple[str, ...], processes: int, no_cron: bool) -> int:
    """Workers of their own process tree, on a database and a Redis that are there."""
    here.set_up_logs()
    settings = here.with_redis(here.found(data))
    reach(settings.redis_url).close()
    dunflow = build(settings)
    schema.check(dunflow.engine)
    settings = here.on_its_clock(dunflow).settings
    kernel = _warm(dunflow)
    children = [] if no_cron else [_cron(settings, kernel)]
    children += _workers(settings, kernel, queues or QUEUES, processes)
    here.errors.print(t("Working.", "已开始工作。"))
    Supervisor(children).run()
    return 0


def run(settings: Settings, *, first: Callable[[Dunflow], None], told: Callable[[], None]) -> int:
    """Everything on this machine, until told to stop. `first` sees the prepared database, `told` ends the welcome."""
    settings.secret()
    for each in (settings.port, settings.health_port):
        if each:
            here.require_free(settings.host, each)
    has_own_redis = settings.redis_url != embedded.address(settings)
    if has_own_redis:
        reach(settings.redis_url).close()
    dunflow = build(settings)
    installing.prepare(dunflow)
    first(dunflow)
    kernel = _warm(dunflow)
    children = [] if has_own_redis else [Child("redis", lambda: embedded.run(settings))]
    children += [Child("web", lambda: _web(settings)), _cron(settings, kernel), *_workers(settings, kernel, QUEUES, 1)]
    Supervisor(children).run(is_ready=lambda: _welcome(settings, told), started=_await_redis(settings))
    return 0


def _warm(dunflow: Dunflow) -> Kernel:
    """The published diagrams compiled, for the workers to inherit; no connection is left open over the forks."""
    with dunflow.sessions() as session, contextlib.suppress(catalogue.NoRelease):
        catalogue.compiled(session, catalogue.published_id(session))
    dunflow.close()
    return dunflow.kernel


def _web(settings: Settings) -> int:
    """Another program, which this one only starts: neither knows the other's code."""
    given = settings.environment()
    if settings.redis_url == embedded.address(settings):
        given["DUNFLOW_REDIS_URL"] = ""  # one web process counts its attempts itself
    os.execve(sys.executable, [sys.executable, "-m", "web"], os.environ | given)  # noqa: S606 - ours


def _cron(settings: Settings, kernel: Kernel) -> Child:
    return Child("cron", lambda: cron.run(settings, kernel))


def _workers(settings: Settings, kernel: Kernel, queues: Sequence[str], processes: int) -> list[Child]:
    return [
        Child(f"worker {queue}", lambda queue=queue: worker.run(settings, queue, kernel))  # type: ignore[misc]
        for queue in queues
        for _ in range(processes)
    ]


def _await_redis(settings: Settings) -> Callable[[Child], None]:
    def started(child: Child) -> None:
        if child.name == "redis":
            await_socket(settings.redis_url, REDIS_SECONDS)

    return started


def _welcome(settings: Settings, told: Callable[[], None]) -> bool:
    """Said once the pages answer."""
    if not _listens(settings):
        return False
    shown = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::") else settings.host  # noqa: S104 - compared
    here.console.print(t("Dunflow runs at", "Dunflow 运行于"), f"http://{shown}:{settings.port}")
    told()
    here.console.print(t("Ctrl-C stops it.", "按 Ctrl-C 停止。"))
    sys.stdout.flush()
    return True


def _listens(settings: Settings) -> bool:
    try:
        socket.create_connection((settings.host, settings.port), timeout=1).close()
    except OSError:
        return False
    return True


def _first_administrator(dunflow: Dunflow) -> None:
    """Asked for on a terminal, taken from the environment, or made with a password for the first sign-in."""
    with dunflow.sessions() as session:
        if people.has_administrator(session):
            return
    login, password = os.environ.get("DUNFLOW_ADMIN_LOGIN", ""), os.environ.get("DUNFLOW_ADMIN_PASSWORD") or None
    if not login and sys.stdin.isatty():
        here.console.print(t("The first administrator of this installation:", "本系统的首位管理员："))
        login = click.prompt(t("Sign-in name", "登录名"), default="admin")
        password = click.prompt(
            t("Password (at least 10 characters)", "密码（至少 10 个字符）"), hide_input=True, confirmation_prompt=True
        )
    with dunflow.business_time(), dunflow.writing() as session:
        made = installing.first_administrator(session, login or "admin", password, locale=language())
    if made:
        text = t(
            "First administrator {login}, password for the first sign-in: {made}",
            "首位管理员 {login}，首次登录密码：{made}",
        )
        here.console.print(text.format(login=login or "admin", made=made))
