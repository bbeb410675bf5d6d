"""`dunflow demo`: a lender's real accounts, their history played up to today, in one command."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table

from engine.demo import setup, staff, ticking
from engine.settings import Settings
from engine.wiring import Dunflow
from workers.command import here, up
from workers.command.data import bar
from workers.command.language import t

ROLES = {
    "administrator": ("administrator", "管理员"),
    "supervisor": ("supervisor", "主管"),
    "manager": ("manager", "经理"),
    "collector": ("collector", "催收员"),
    "analyst": ("business analyst", "业务分析师"),
    "compliance": ("compliance", "合规"),
}


@click.command(
    help=t("Show it with real accounts (the first start takes a minute).", "用真实账户演示（首次启动约一分钟）。")
)
@click.option(
    "--customers",
    type=click.IntRange(1, 30_000),
    default=setup.CUSTOMERS,
    show_default=True,
    help=t("How many accounts, at the first start.", "首次启动时装载的账户数。"),
)
@up.host
@up.port
@up.data
@click.option("--prepare-only", is_flag=True, help=t("Set it up, but do not start it.", "只准备数据，不启动。"))
def demo(customers: int, host: str | None, port: int | None, data: Path | None, prepare_only: bool) -> int:
    """First run: set up. Later runs: go on where it was left."""
    here.set_up_logs()
    settings = _settings(data, host, port)
    with here.alone(settings.data_dir):
        here.require_free(settings.host, settings.port)
        if not setup.is_there(settings):
            _set_up(settings, customers)
        if prepare_only:
            return 0
        return up.run(settings, first=_go_on, told=_sign_ins)


def _settings(data: Path | None, host: str | None, port: int | None) -> Settings:
    """A folder of its own, unless one is named: the demo never shares a database with real work."""
    read = here.found(data, host=host, port=port)
    if data is None and "DUNFLOW_DATA_DIR" not in os.environ:
        read = read.with_data_dir(read.data_dir / "demo")
    return here.with_redis(replace(read, clock="demo"))


def _set_up(settings: Settings, customers: int) -> None:
    text = t("Playing the history of {n} accounts", "回放 {n} 个账户的历史").format(n=customers)
    with bar(text) as progress:
        setup.set_up(settings, customers, progress)


def _go_on(dunflow: Dunflow) -> None:
    with dunflow.writing() as session:
        ticking.go_on(session)


def _sign_ins() -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in (t("sign-in name", "登录名"), t("name", "姓名"), t("role", "角色")):
        table.add_column(title)
    for person in (*staff.PEOPLE, staff.ADMINISTRATOR):
        table.add_row(person.login, person.name, t(*ROLES[person.role]))
    here.console.print(table)
    text = t("Demonstration only. Everybody's password: {password}", "仅供演示。所有人的密码：{password}")
    here.console.print(text.format(password=staff.PASSWORD))
