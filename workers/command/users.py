"""`dunflow users`: people, for whoever looks after the machine."""

from __future__ import annotations

import click
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import installing, people
from engine.errors import DunflowError, NotFound
from engine.models import Role, User
from engine.people.signing_in import normal_login
from workers.command import here
from workers.command.language import language, t

login_argument = click.argument("login")
ROLES = [str(role) for role in Role]


class NoAdministrator(DunflowError):
    """There is no administrator yet; create one with `dunflow users create LOGIN --role administrator`."""


@click.group(help=t("People who sign in.", "管理登录用户。"))
def users() -> None:
    """Acts of the machine's keeper, written to history as the first administrator's."""


@users.command("list", help=t("List everybody.", "列出所有人。"))
def list_users() -> int:
    """By sign-in name."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in (t("sign-in name", "登录名"), t("name", "姓名"), t("roles", "角色"), t("active", "启用")):
        table.add_column(title)
    with here.opened() as dunflow, dunflow.sessions() as session:
        for user in session.scalars(select(User).order_by(User.login)):
            roles = ", ".join(sorted(held.role for held in user.roles))
            table.add_row(user.login, user.name, roles, t("yes", "是") if user.active else t("no", "否"))
    here.console.print(table)
    return 0


@users.command(help=t("Create a person; prints a password for the first sign-in.", "新建用户，并显示首次登录密码。"))
@login_argument
@click.option("--name", help=t("Full name.", "姓名。"))
@click.option(
    "--role", "roles", type=click.Choice(ROLES), multiple=True, required=True, help=t("May be repeated.", "可重复。")
)
def create(login: str, name: str | None, roles: tuple[str, ...]) -> int:
    """The first one must be an administrator."""
    with here.opened() as dunflow, dunflow.writing() as session:
        if not people.has_administrator(session) and set(roles) == {Role.ADMINISTRATOR}:
            password = installing.first_administrator(session, login, None, locale=language())
        else:
            actor = _administrator(session)
            password = people.create_user(session, login, name or login, roles, actor=actor, locale=language()).password
    _tell_password(login, str(password))
    return 0


@users.command("reset-password", help=t("Give a person a new first password.", "重置用户密码。"))
@login_argument
def reset_password(login: str) -> int:
    """Ends their sessions and any lock."""
    with here.opened() as dunflow, dunflow.writing() as session:
        password = people.reset_password(session, _person(session, login), actor=_administrator(session))
    _tell_password(login, password)
    return 0


@users.command(help=t("Keep a person from signing in.", "停用用户。"))
@login_argument
def deactivate(login: str) -> int:
    """Their open cases stay with them until a supervisor reassigns them; says how many."""
    with here.opened() as dunflow, dunflow.writing() as session:
        cases = people.deactivate(session, _person(session, login), actor=_administrator(session))
    text = t(
        "{login} can no longer sign in; {cases} open cases are still theirs.",
        "{login} 已停用，名下仍有 {cases} 个未结案件。",
    )
    here.console.print(text.format(login=login, cases=cases))
    return 0


def _tell_password(login: str, password: str) -> None:
    text = t("{login}: password for the first sign-in: {password}", "{login}：首次登录密码：{password}")
    here.console.print(text.format(login=login, password=password), markup=False)


def _person(session: Session, login: str) -> User:
    user = session.scalar(select(User).where(User.login == normal_login(login)))
    if user is None:
        raise NotFound(what="user", key=login)
    return user


def _administrator(session: Session) -> User:
    """In whose name the keeper of the machine acts. Raises NoAdministrator."""
    for user in session.scalars(select(User).where(User.active).order_by(User.id)):
        if user.has_role(Role.ADMINISTRATOR):
            return user
    raise NoAdministrator
