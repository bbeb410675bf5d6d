"""`dunflow import` and `dunflow replay`: files in, figures out."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine import backup, clock, importing, installing, schema
from engine.errors import DunflowError
from engine.importing import FileRefused, Outcome
from engine.replay import Played, Span, play, report
from engine.replay.reading import Files, read_files
from engine.settings import Settings, database_url
from engine.wiring import Dunflow, build
from workers.command import here
from workers.command.language import language, t


class DatabaseInUse(DunflowError):
    """The database named by --database holds data already; name an empty one."""


KINDS = ("customers", "orders", "repayments")
SHOWN = 20
source = click.Path(path_type=Path, exists=True, dir_okay=False)
day = click.DateTime(["%Y-%m-%d"])


@contextmanager
def bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, beside what the command prints."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=here.errors) as shown:
        task = shown.add_task(text, total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)


@click.command("import", help=t("Import customers, orders or repayments (CSV, XLSX).", "导入客户、订单或回款。"))
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=source)
@click.option("--strict", is_flag=True, help=t("All rows or none.", "全部导入，否则一行也不导入。"))
@click.option("--dry-run", is_flag=True, help=t("Only say what would happen.", "只说明结果，不写入。"))
@click.option(
    "--mapping",
    metavar="THEIRS=OURS,…",
    default="",
    help=t("Which column of the file is which of ours.", "文件的列与系统的列的对应关系。"),
)
@click.option(
    "--refused",
    type=click.Path(path_type=Path, dir_okay=False),
    help=t("Where to write the refused rows, to mend and send again.", "被拒绝的行写到此文件，修改后可重新导入。"),
)
def import_(*, kind: str, file: Path, strict: bool, dry_run: bool, mapping: str, refused: Path | None) -> int:
    """Exit code 0 when no row was refused, 1 when some were."""
    with here.opened() as dunflow, bar(file.name) as progress:
        try:
            outcome = importing.import_file(
                dunflow.sessions,
                kind,
                _content(file),
                file.name,
                mapping=_mapping(mapping),
                strict=strict,
                dry_run=dry_run,
                progress=progress,
            )
        except FileRefused as fault:
            raise backup.FileProblem(
                file=file, reason=importing.sentence(fault.reason_code, fault.reason_params, language())
            ) from fault
    if refused is not None and outcome.refusals:
        refused.write_bytes(importing.refused_file(outcome.refusals, language()))
    _tell(outcome, dry_run=dry_run)
    return 1 if outcome.refusals else 0


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise backup.FileProblem(file=file, reason=error.strerror or error) from error


def _mapping(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    if any(not separator for _, separator, _ in pairs):
        raise click.BadParameter(t("write theirs=ours,…", "请写成 对方的列=系统的列,…"), param_hint="--mapping")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


def _tell(outcome: Outcome, *, dry_run: bool) -> None:
    form = t(
        "{rows} rows: {created} new, {changed} changed, {unchanged} unchanged, {refused} refused.",
        "共 {rows} 行：新增 {created}，变更 {changed}，未变 {unchanged}，拒绝 {refused}。",
    )
    here.console.print(form.format(**{name: getattr(outcome, name) for name in Outcome.__dataclass_fields__}))
    for refusal in outcome.refusals[:SHOWN]:
        where = f"{t('line', '行')} {refusal.line}{', ' + refusal.column if refusal.column else ''}"
        here.errors.print(f"  {where}: {refusal.text(language())}", markup=False)
    if len(outcome.refusals) > SHOWN:
        here.errors.print(t("  … and more; see --refused FILE.", "  ……其余见 --refused 文件。"))
    if dry_run:
        here.console.print(t("Nothing was written.", "未写入任何数据。"))


@click.command(help=t("Play history through the engine and count.", "用真实引擎回放历史并统计。"))
@click.option("--customers", type=source, required=True, help=t("Customers file.", "客户文件。"))
@click.option("--orders", type=source, required=True, help=t("Orders file.", "订单文件。"))
@click.option("--repayments", type=source, required=True, help=t("Repayments file.", "回款文件。"))
@click.option("--from", "start", type=day, required=True, help=t("First day.", "第一天。"))
@click.option("--to", "end", type=day, required=True, help=t("Last day.", "最后一天。"))
@click.option("--timezone", default="Asia/Shanghai", show_default=True, help=t("The lender's.", "出借方所在时区。"))
@click.option("--database", metavar="URL", help=t("An empty database to play in, and keep.", "在此空数据库中回放。"))
@click.option(
    "--json",
    "out",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    required=True,
    help=t("Where to write the report.", "报告写到此文件。"),
)
def replay(
    *,
    customers: Path,
    orders: Path,
    repayments: Path,
    start: dt.datetime,
    end: dt.datetime,
    timezone: str,
    database: str | None,
    out: Path,
) -> int:
    """In a temporary database unless one is named; with staff of its own; sending nothing."""
    here.set_up_logs()
    if end < start:
        raise click.BadParameter(t("it lies before --from", "早于 --from"), param_hint="--to")
    span = Span(start.date(), end.date(), _zone(timezone))
    with clock.use_zone(span.zone):
        files = read_files(customers, orders, repayments)
    with tempfile.TemporaryDirectory(prefix="dunflow-replay-") as folder:
        settings = _settings(Path(folder), database, timezone)
        dunflow = build(settings)
        try:
            _make_ready(dunflow, span)
            played = _play(dunflow, span, files)
            with dunflow.sessions() as session:
                counted = report(session, played, span)
        finally:
            dunflow.close()
    _write(out, json.dumps(counted, indent=1) + "\n")
    return 0


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise backup.FileProblem(file=file, reason=error.strerror or error) from error


def _play(dunflow: Dunflow, span: Span, files: Files) -> Played:
    days = (span.end - span.start).days + 1
    with bar(t("Days", "天数")) as progress:
        return play(
            dunflow.sessions,
            files.customers,
            files.orders,
            files.repayments,
            span,
            progress=lambda on: progress((on - span.start).days + 1, days),
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        text = t("a name such as Asia/Shanghai", "应为 Asia/Shanghai 这样的名称")
        raise click.BadParameter(text, param_hint="--timezone") from error


def _settings(folder: Path, database: str | None, timezone: str) -> Settings:
    url = database_url("--database", database) if database else f"sqlite:///{folder / 'replay.db'}"
    named = here.found(folder, timezone=timezone, database_url=url)
    return replace(named, data_dir=folder, clock="real")


def _make_ready(dunflow: Dunflow, span: Span) -> None:
    """Tables, and the diagrams that come with the program. Raises DatabaseInUse."""
    schema.upgrade(dunflow.engine)
    with clock.use_zone(span.zone), clock.use(span.begins), dunflow.writing() as session:
        if installing.is_in_use(session):
            raise DatabaseInUse
        installing.publish_packaged(session)
