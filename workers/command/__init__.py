"""The command `dunflow`: each group of commands in a file of its own, loaded when it is called."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys

import click
from sqlalchemy.exc import DBAPIError

from engine.errors import DunflowError
from workers.command.language import t, told, usage

WRONG_USE, BROKEN_OFF = 2, 130
COMMANDS = {
    "up": "up:up",
    "demo": "demonstration:demo",
    "work": "up:work",
    "flows": "flows:flows",
    "import": "data:import_",
    "replay": "data:replay",
    "backup": "keeping:backup",
    "restore": "keeping:restore",
    "users": "users:users",
    "incidents": "operations:incidents",
    "dead-letters": "operations:dead_letters",
    "health": "operations:health",
}


class Lazy(click.Group):
    """Imports a command when it is asked for: `dunflow --help` need not load the engine."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(f"workers.command.{module}"), name)
        return found


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=t("Collect overdue consumer loans, as your diagrams say.", "按流程图催收逾期消费贷款。"),
)
@click.version_option(package_name="dunflow", prog_name="dunflow")
def cli() -> None:
    """All commands."""


def main() -> None:
    """Run a command. Exit codes: 0 done, 1 the answer is no, 2 wrong use or surroundings; never a trace for those."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and give its exit code."""
    try:
        code = cli.main(arguments, prog_name="dunflow", standalone_mode=False)
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (click.Abort, KeyboardInterrupt):
        return _refuse(t("Broken off.", "已中断。"), code=BROKEN_OFF)
    except (click.ClickException, DunflowError, DBAPIError) as error:
        return _refuse(_message(error), error)
    return code if isinstance(code, int) else 0


def _message(error: click.ClickException | DunflowError | DBAPIError) -> str:
    """One sentence for whatever it was."""
    if isinstance(error, DunflowError):
        return told(error)
    if isinstance(error, click.ClickException):
        return usage(error)
    reason = str(error.orig).strip().splitlines()[0]
    return t("The database failed: {reason}", "数据库出错：{reason}").format(reason=reason)


def _refuse(message: str, error: Exception | None = None, code: int = WRONG_USE) -> int:
    click.echo(message, err=True)
    context = getattr(error, "ctx", None)
    if context is not None:
        hint = t("See `{command} --help`.", "参见 `{command} --help`。")
        click.echo(hint.format(command=context.command_path), err=True)
    return code
