"""What click says by itself, in Chinese: faults of use, and the headings of its help."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

FAULTS = (
    (r"'?(.*?)'? is not a valid integer(?: range)?\.", r"\1 不是整数"),
    (r"(.+) is not in the range (.+)\.", r"\1 不在范围 \2 之内"),
    (r"(.+) is not one of (.+)\.", r"\1 不是下列之一：\2"),
    (r"(.+) does not match the formats? (.+)\.", r"\1 不符合格式 \2"),
    (r"(?:File|Directory|Path) (.+) does not exist\.", r"\1 不存在"),
    (r"(?:File|Path) (.+) is a directory\.", r"\1 是文件夹"),
    (r"(?:Directory|Path) (.+) is a file\.", r"\1 是文件，不是文件夹"),
    (r"(?:File|Directory|Path) (.+) is not readable\.", r"\1 不可读取"),
    (r"(?:File|Directory|Path) (.+) is not writable\.", r"\1 不可写入"),
    (r"Got unexpected extra arguments? \((.+)\)", r"多余的参数：\1"),
    (r"Option (.+) requires an argument\.", r"选项 \1 需要一个值"),
    (r"Option (.+) does not take a value\.", r"选项 \1 不带值"),
)
HELP = {
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示此帮助。",
    "Show the version and exit.": "显示版本号。",
}
MARKS = (("[required]", "[必填]"), ("[default: ", "[默认："), ("; required]", "；必填]"))


def fault(english: str) -> str:
    """One of click's sentences; as it is where we do not know it."""
    for pattern, chinese in FAULTS:
        if re.fullmatch(pattern, english):
            return re.sub(pattern, chinese, english)
    return english


class Formatter(click.HelpFormatter):
    """Help with Chinese headings."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """The line that says how to call it."""
        super().write_usage(prog, args, prefix or "用法：")

    def write_heading(self, heading: str) -> None:
        """Of options or commands."""
        super().write_heading(HELP.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Options or commands, each with what it is for."""
        super().write_dl([(name, _said(text)) for name, text in rows], col_max, col_spacing)


def _said(text: str) -> str:
    for english, chinese in MARKS:
        text = text.replace(english, chinese)
    return HELP.get(text, text)
