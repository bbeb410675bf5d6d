"""How a command ends: the exit code, and one sentence for whatever went wrong."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from typing import TextIO

import click
from sqlalchemy.exc import DBAPIError

from engine.errors import DunflowError
from workers.command.language import reason, t, told, usage

DONE, NO, WRONG_USE, OUR_FAULT, BROKEN_OFF = 0, 1, 2, 3, 130
SENTENCES = (click.ClickException, DunflowError, DBAPIError, OSError)


def end_in_order() -> None:
    """Told to end by a signal, a command still clears away what it has half made."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, lambda got, _frame: sys.exit(128 + got))


def write_anything() -> None:
    """A terminal or file of another encoding shows what it cannot write as `?`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def told_off(error: BaseException) -> int:
    """Say what went wrong on the error output; gives the exit code."""
    if isinstance(error, BrokenPipeError):
        _silence(sys.stdout)
        return NO
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        return _say(t("Broken off.", "已中断。"), BROKEN_OFF)
    if not isinstance(error, SENTENCES):
        return _say(_our_fault(error), OUR_FAULT)
    _say(_message(error), WRONG_USE)
    context = getattr(error, "ctx", None)
    if context is not None and not isinstance(error, click.exceptions.NoArgsIsHelpError):
        hint = t("See `{command} --help`.", "参见 `{command} --help`。")
        _say(hint.format(command=context.command_path), WRONG_USE)
    return WRONG_USE


def _message(error: BaseException) -> str:
    if isinstance(error, DunflowError):
        return told(error)
    if isinstance(error, click.ClickException):
        return usage(error)
    if isinstance(error, DBAPIError):
        why = str(error.orig).strip().splitlines()[0]
        return t("The database failed: {reason}", "数据库出错：{reason}").format(reason=reason(why))
    return _of_the_machine(error)


def _of_the_machine(error: BaseException) -> str:
    """A file, a disk or a network that failed."""
    why = reason(str(getattr(error, "strerror", None) or error))
    file = getattr(error, "filename", None)
    if file is None:
        return t("The machine failed: {reason}", "系统出错：{reason}").format(reason=why)
    return t("{file}: {reason}", "{file}：{reason}").format(file=file, reason=why)


def _our_fault(error: BaseException) -> str:
    """The trace goes to a file that only its owner can read: it may tell of customers."""
    text = t(
        "This is a fault in Dunflow: {kind}. Please report it, with the details in {file}.",
        "这是 Dunflow 的程序错误：{kind}。请报告此问题，并附上 {file} 中的详情。",
    )
    with tempfile.NamedTemporaryFile("w", prefix="dunflow-", suffix=".log", delete=False, encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return text.format(kind=type(error).__name__, file=file.name)


def _say(message: str, code: int) -> int:
    with contextlib.suppress(OSError):
        click.echo(message, err=True)
    return code


def _silence(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def flush(code: int) -> int:
    """What is still to be written, while a failure can still be told."""
    try:
        sys.stdout.flush()
    except OSError as error:
        code = told_off(error)
        _silence(sys.stdout)
    return code
