"""`dunflow flows`: check, try, publish and list diagrams, tables and forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock, people, releases
from engine.errors import DunflowError
from engine.flow import checks
from engine.flow.definitions import ReleaseRefused
from engine.lifecycle import vocabulary
from engine.models import Release, ReleaseStatus, Role, User
from engine.people.refusals import SignInRefused
from engine.queries import release_list
from engine.wiring import Dunflow
from workers.command import here
from workers.command.language import language, t

AUTHORS, APPROVERS = (Role.ANALYST,), (Role.ANALYST, Role.MANAGER)
STATUSES = {
    "draft": "草稿",
    "submitted": "待批准",
    "approved": "已批准",
    "published": "已发布",
    "retired": "已停用",
    "rejected": "已驳回",
}
folder = click.Path(path_type=Path, exists=True, file_okay=False)


class SignInNeeded(DunflowError):
    """The password of {login} is not right."""


class RoleNeeded(DunflowError):
    """{login} has not the role that is needed: {roles}."""


@click.group(help=t("Check, try and publish diagrams.", "检查、试跑和发布流程图。"))
def flows() -> None:
    """Commands for analysts."""


@flows.command(help=t("Say of files and folders whether they can run.", "检查文件或文件夹能否运行。"))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help=t("Print a list for programs.", "输出供程序读取的列表。"))
@click.option("--lang", type=click.Choice(["en", "zh"]), help=t("Language of the findings.", "检查结果的语言。"))
def check(paths: tuple[Path, ...], as_json: bool, lang: str | None) -> int:
    """Exit code 0 when all can run, 1 when not."""
    spoken = lang or language()
    reports = checks.check_paths(paths, vocabulary())
    if as_json:
        told = json.dumps([report.as_dict(spoken) for report in reports], ensure_ascii=False, indent=1)
    else:
        told = checks.render(reports, spoken)
    click.echo(told.encode(errors="replace").decode())  # a file's name may be no text at all
    return 0 if checks.all_run(reports) else 1


@flows.command(help=t("Play the scenarios of a folder on its diagrams.", "用文件夹里的场景试跑其流程图。"))
@click.argument("folder", type=folder, default=Path("bpmn"), required=False)
@click.option("--json", "as_json", is_flag=True, help=t("Print for programs.", "输出供程序读取的结果。"))
@click.option(
    "--only",
    default="",
    help=t("Only scenarios whose name contains this.", "只运行名称含此字样的场景。"),
)
@click.option(
    "--scenarios",
    "stories_in",
    type=folder,
    metavar="DIR",
    help=t("Where the scenarios are, if not in FOLDER/scenarios.", "场景所在的文件夹，默认为其中的 scenarios。"),
)
def scenarios(folder: Path, as_json: bool, only: str, stories_in: Path | None) -> int:
    """Exit code 0 when every story goes as told."""
    from engine import scenarios as stories  # noqa: PLC0415 - slow to import, and of use here only

    try:
        played = stories.run_folder(folder, scenarios=stories_in, only=only)
    except ReleaseRefused as refused:
        for finding in refused.findings:
            click.echo(f"[{finding.rule}] {finding.element or ''} {finding.message.get(language())}", err=True)
        return 1
    covered = [] if only else stories.coverage(played.release, played.outcomes)
    if as_json:
        click.echo(json.dumps(stories.as_dict(played.outcomes, covered, language()), ensure_ascii=False, indent=1))
    else:
        click.echo(stories.render(played.outcomes, covered, language()))
    return 0 if played.passed else 1


@flows.command(help=t("Put a folder's diagrams to work for new cases.", "发布文件夹里的流程图，供新案件使用。"))
@click.argument("folder", type=folder)
@click.option("--note", required=True, help=t("What changes, and why.", "改了什么、为什么。"))
@click.option("--by", "author", metavar="LOGIN", help=t("Who made it (asks for the password).", "作者（会询问密码）。"))
@click.option(
    "--approved-by",
    "approver",
    metavar="LOGIN",
    help=t("A second person who agrees (asks for the password).", "同意发布的第二人（会询问密码）。"),
)
def publish(folder: Path, note: str, author: str | None, approver: str | None) -> int:
    """The first release is published at once; later ones need a second person, here or on the page."""
    files = checks.release_files(folder)
    if not files:
        text = t("there are no diagrams, tables or forms in it", "其中没有流程图、决策表或表单")
        raise click.BadParameter(text, param_hint=str(folder))
    reports = checks.check_release(files, vocabulary())
    if not checks.all_run(reports):
        click.echo(checks.render([report for report in reports if not report.runs], language()), err=True)
        return 1
    with here.opened() as dunflow:
        first = _is_first(dunflow)
        by_id = _signed_in(dunflow, author, AUTHORS) if author else None
        if not first and by_id is None:
            raise click.UsageError(t("--by LOGIN says who made the change.", "请用 --by 登录名 说明是谁改的。"))
        approver_id = _signed_in(dunflow, approver, APPROVERS) if approver and not first else None
        with dunflow.writing() as session:
            release = releases.draft(session, files, note=note, by_id=by_id, based_on_id=_present(session))
            _bring_on(session, release, first=first, by_id=by_id, approver_id=approver_id)
            said = _said(release)
    here.console.print(said)
    return 0


def _bring_on(session: Session, release: Release, *, first: bool, by_id: int | None, approver_id: int | None) -> None:
    """As far as those who are here may bring it."""
    if first:
        releases.publish(session, release, by_id=by_id)
        return
    releases.submit(session, release, by_id=by_id)
    if approver_id is not None:
        releases.approve(session, release, by_id=approver_id)
        releases.publish(session, release, by_id=by_id)


def _said(release: Release) -> str:
    if release.status == ReleaseStatus.PUBLISHED:
        return t("Release {id} is published: new cases start on it.", "版本 {id} 已发布，新案件将使用它。").format(
            id=release.id
        )
    waits = t(
        "Release {id} is submitted. A second person must approve it on the page, or here with --approved-by LOGIN.",
        "版本 {id} 已提交，需由第二人在网页上批准，或在此用 --approved-by 登录名 批准。",
    )
    return waits.format(id=release.id)


def _is_first(dunflow: Dunflow) -> bool:
    with dunflow.sessions() as session:
        return _present(session) is None


def _present(session: Session) -> int | None:
    return session.scalar(select(Release.id).where(Release.status == ReleaseStatus.PUBLISHED))


def _signed_in(dunflow: Dunflow, login: str, roles: Sequence[Role]) -> int:
    """The person, who has said the password. A wrong one counts as it does on the page."""
    password = here.ask_password(t("Password of {login}", "{login} 的密码").format(login=login))
    with dunflow.sessions() as session:
        try:
            user: User = people.sign_in(session, login, password)
        except SignInRefused as error:
            session.commit()
            raise SignInNeeded(login=login) from error
        session.commit()
        if not user.has_role(*roles):
            raise RoleNeeded(login=login, roles=", ".join(roles))
        return user.id


@flows.command("releases", help=t("List what was published, and what waits.", "列出已发布和待批准的版本。"))
def list_releases() -> int:
    """Newest first."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    titles = (
        ("status", "状态"),
        ("open cases", "未结案件"),
        ("published", "发布时间"),
        ("by", "作者"),
        ("note", "说明"),
    )
    table.add_column("#")
    for title in titles:
        table.add_column(t(*title))
    with here.opened() as dunflow, dunflow.sessions() as session:
        for row in release_list.all_releases(session):
            release, at = row.release, row.release.published_at
            day = f"{at.astimezone(clock.zone()):%Y-%m-%d %H:%M}" if at else ""
            status = t(str(release.status), STATUSES.get(release.status, release.status))
            table.add_row(str(release.id), status, str(row.cases), day, row.made_by or "", release.note)
    here.console.print(table)
    return 0
