"""The side bar and the notices of the frame: what each blueprint offers, for the roles of the person who looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request, url_for
from flask_babel import LazyString
from sqlalchemy.orm import Session

from engine.models import User

EXTENSION = "dunflow-shell"
OURS = re.compile(r"/(?!/)[^\x00-\x1f\x7f\\]*")  # browsers drop control characters and take \ for /


@dataclass(frozen=True)
class NavItem:
    """One place in the side bar. `count` is shown beside it and polled; an urgent count is red."""

    endpoint: str
    label: LazyString
    icon: str
    roles: frozenset[str]
    group: LazyString
    order: int
    count: Callable[[Session, User], int] | None = None
    is_urgent: bool = False
    pages: tuple[str, ...] = ()  # prefixes of endpoints under this item, for marking it as present


@dataclass(frozen=True)
class Notice:
    """A line above every page. `kind`: info, warning, danger."""

    text: str
    kind: str = "info"
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Shell:
    """What the blueprints contributed."""

    items: Sequence[NavItem]
    notices: Sequence[Callable[[Session, User], Iterable[Notice]]]


def contribute(app: Any, modules: Iterable[object]) -> None:
    """Collect `NAVIGATION` and `NOTICES` of the page modules; the side bar's order is by `order`."""
    modules = list(modules)
    items = [item for module in modules for item in getattr(module, "NAVIGATION", ())]
    notices = [notice for module in modules for notice in getattr(module, "NOTICES", ())]
    app.extensions[EXTENSION] = Shell(sorted(items, key=lambda item: item.order), notices)


def navigation(user: User) -> list[NavItem]:
    """The items for this person's roles, in order."""
    held = {role.role for role in user.roles}
    return [item for item in _shell().items if item.roles & held]


def groups(user: User) -> list[tuple[str, list[NavItem]]]:
    """The same under their heads, which stand in the order of their first items."""
    headed: dict[str, list[NavItem]] = {}
    for item in navigation(user):
        headed.setdefault(str(item.group), []).append(item)
    return list(headed.items())


def counts(session: Session, user: User) -> dict[str, int]:
    """Endpoint -> figure, for the items that have one."""
    return {item.endpoint: item.count(session, user) for item in navigation(user) if item.count}


def notices(session: Session, user: User) -> list[Notice]:
    """What is to be said above every page now."""
    return [notice for source in _shell().notices for notice in source(session, user)]


def start_page(user: User) -> str:
    """Where this person begins: the first item of their side bar, or their own account."""
    items = navigation(user)
    return url_for(items[0].endpoint) if items else url_for("account.profile")


def is_ours(address: str) -> bool:
    """Whether an address that came with a request leads to this site: a path, and nothing a browser reads otherwise."""
    return OURS.fullmatch(address) is not None


def is_present(item: NavItem, endpoint: str | None = None) -> bool:
    """Whether the page shown belongs to the item."""
    shown = endpoint or request.endpoint or ""
    return shown == item.endpoint or any(shown.startswith(prefix) for prefix in item.pages)


def _shell() -> Shell:
    shell: Shell = current_app.extensions[EXTENSION]
    return shell
