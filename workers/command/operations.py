"""`dunflow incidents`, `dead-letters`, `health`: how the system is, and trying again what failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
from redis.exceptions import RedisError
from rich.table import Table
from sqlalchemy import select

from engine import dead_letters as letters
from engine import health as signs
from engine import incidents as failed_acts
from engine.errors import DunflowError
from engine.models import Incident
from workers.command import here
from workers.command.language import t, told
from workers.connection import QUEUES, queue, reach

MOST, MOST_DIGITS = 200, 15
PROBLEMS = {
    "no_workers": ("no worker has ever given a sign of life", "没有后台进程的心跳"),
    "silent": ("workers have fallen silent", "有后台进程失去心跳"),
    "late_timers": ("timers are overdue by more than ten minutes", "有定时器逾期十分钟以上"),
    "dead_letters": ("jobs failed for good: see `dunflow dead-letters`", "有任务彻底失败：见 `dunflow dead-letters`"),
}


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in titles:
        table.add_column(title)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    here.console.print(table, markup=False) if rows else here.console.print(t("None.", "无。"))


@click.command(help=t("List acts that failed; try them again.", "列出失败的操作，并可重试。"))
@click.option("--retry", metavar="ID", help=t("Try this one again, or `all`.", "重试该条，或 all。"))
def incidents(retry: str | None) -> int:
    """Exit code 1 when one fails again."""
    only = None if retry in (None, "all") else _number(str(retry))
    with here.opened() as dunflow:
        with dunflow.sessions() as session:
            query = select(Incident).where(Incident.resolved_at.is_(None)).order_by(Incident.id)
            found = session.scalars(query).all()
        if retry is None:
            titles = ("#", t("act", "操作"), t("element", "环节"), t("times", "次数"), t("error", "错误"))
            rows = [(one.id, one.act, one.element or "", one.attempts, one.error_text[:160]) for one in found[:MOST]]
            _table(titles, rows)
            return 0
        wanted = [one.id for one in found] if only is None else [only]
        done = [failed_acts.retry(dunflow.sessions, one, actor_id=None) for one in wanted]
    text = t("{done} of {count} succeeded.", "{count} 条中 {done} 条成功。").format(done=sum(done), count=len(done))
    here.console.print(text)
    return 0 if all(done) else 1


@click.command("dead-letters", help=t("List jobs that failed for good; try them again.", "列出彻底失败的任务。"))
@click.option("--retry", metavar="ID", help=t("Have this one tried again, or `all`.", "重试该条，或 all。"))
def dead_letters(retry: str | None) -> int:
    """The workers take up what is tried again."""
    only = None if retry in (None, "all") else _number(str(retry))
    with here.opened() as dunflow, dunflow.writing() as session:
        found = letters.unanswered(session)
        if retry is None:
            titles = ("#", t("job", "任务"), t("of", "参数"), t("failed", "失败时间"), t("error", "错误"))
            rows = [
                (one.id, one.job, one.args or "", f"{one.failed_at:%Y-%m-%d %H:%M}", _last_line(one.error_text))
                for one in found[:MOST]
            ]
            _table(titles, rows)
            return 0
        wanted = [one.id for one in found] if only is None else [only]
        for one in wanted:
            letters.retry(session, one, by_id=None)
    text = t("{count} will be tried again.", "将重试 {count} 条。").format(count=len(wanted))
    here.console.print(text)
    return 0


@click.command(help=t("Say whether all is well.", "检查系统是否正常。"))
@click.option("--json", "as_json", is_flag=True, help=t("Print for programs.", "输出供程序读取的结果。"))
def health(as_json: bool) -> int:
    """Exit code 0 when it is, 1 when not."""
    settings = here.with_redis(here.found())
    found: dict[str, Any] = {}
    problems: list[str] = []
    try:
        with here.opened(settings) as dunflow, dunflow.sessions() as session:
            found = signs.report(session).as_dict()
        problems = [t(*PROBLEMS[code]) for code in found["problems"]]
    except DunflowError as error:
        problems.append(told(error))
    try:
        found["queues"] = _waiting(settings.redis_url)
    except DunflowError as error:
        problems.append(told(error))
    if as_json:
        click.echo(json.dumps(found | {"well": not problems, "problems": problems}, ensure_ascii=False, indent=1))
    else:
        for name, age in found.get("alive", {}).items():
            here.console.print(t("{name}: {age:.0f} s ago", "{name}：{age:.0f} 秒前").format(name=name, age=age))
        for problem in problems:
            here.errors.print(problem, markup=False)
        here.console.print(t("All is well.", "一切正常。") if not problems else t("Not well.", "有问题。"))
    return 1 if problems else 0


def _waiting(url: str) -> dict[str, int]:
    connection = reach(url)
    try:
        return {name: queue(connection, name).count for name in QUEUES}
    except RedisError:
        return {}
    finally:
        connection.close()


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise click.BadParameter(t("a number, or all", "应为编号或 all"), param_hint="--retry")
    return int(text)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:160] if lines else ""
