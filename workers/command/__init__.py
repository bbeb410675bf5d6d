"""The command `dunflow`: each group of commands in a file of its own, loaded when it is called."""

from __future__ import annotations

import importlib
import sys

import click

from workers.command import ending
from workers.command.clicked import Formatter
from workers.command.language import language, t

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
    """Run a command, never with a trace.

    Exit codes: 0 done, 1 the answer is no, 2 wrong use or surroundings, 3 a fault of ours, 130 broken off.
    """
    ending.end_in_order()
    ending.write_anything()
    sys.exit(ending.flush(run(sys.argv[1:])))


def run(arguments: list[str]) -> int:
    """Run a command and give its exit code."""
    if language() == "zh":
        click.Context.formatter_class = Formatter
    try:
        code = cli.main(arguments, prog_name="dunflow", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:
        return ending.told_off(error)
    return code if isinstance(code, int) else 0
