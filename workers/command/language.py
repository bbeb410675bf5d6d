"""Which language the command line speaks, and messages in it."""

from __future__ import annotations

import gettext
import importlib.util
import os
from functools import cache
from pathlib import Path

import click

from engine import settings
from engine.errors import DunflowError
from workers.command import clicked
from workers.command.texts import CHINESE, REASONS

WORDED = ("reason", "what", "act")


@cache
def language() -> str:
    """`en` or `zh`, by DUNFLOW_LANG or the locale."""
    try:
        return settings.read_language(os.environ)
    except DunflowError:
        return "en"


def t(en: str, zh: str) -> str:
    """The text in the language of this command line."""
    return zh if language() == "zh" else en


def told(error: DunflowError) -> str:
    """What happened and how to mend it."""
    if language() == "en":
        return error.message()
    template = (type(error).__doc__ or "").strip().splitlines()[0]
    known = CHINESE.get(error.code) or _catalogue().gettext(template)
    return known.format_map(_Shown({name: _worded(name, value) for name, value in error.params.items()}))


def reason(english: str) -> str:
    """Why something failed, as the machine or we say it; as it is where we do not know it."""
    if language() == "en" or not english:
        return english
    return REASONS.get(english.rstrip(".")) or _catalogue().gettext(english)


def _worded(name: str, value: object) -> object:
    return reason(value) if name in WORDED and isinstance(value, str) else value


def usage(error: click.ClickException) -> str:
    """Wrong use of the command, as click noticed it."""
    if language() == "en":
        return error.format_message()
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"没有命令 {error.command_name}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"缺少参数 {error.param.human_readable_name}"
    if isinstance(error, click.BadParameter):
        name = error.param.human_readable_name if error.param is not None else error.param_hint
        return f"参数 {name} 的值无效：{clicked.fault(error.message)}"
    return clicked.fault(error.format_message())


@cache
def _catalogue() -> gettext.NullTranslations:
    """The pages' translations of what the engine may say; none where they are not installed."""
    found = importlib.util.find_spec("web")
    for place in (found.submodule_search_locations or ()) if found else ():
        path = Path(place) / "translations" / "zh" / "LC_MESSAGES" / "messages.mo"
        if path.is_file():
            with path.open("rb") as file:
                return gettext.GNUTranslations(file)
    return gettext.NullTranslations()


class _Shown(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
