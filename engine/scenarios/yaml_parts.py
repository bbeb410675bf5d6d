"""YAML as scenarios use it: words, lists and maps, each with its line; no tags, anchors, dates or surprises."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import yaml

from engine.errors import DunflowError
from engine.flow.findings import Text

MOST_BYTES = 256 * 1024
MOST_DEPTH = 12
_NOTHING = frozenset({"", "none", "no", "null", "~"})


class ScenarioUnreadable(DunflowError):
    """Line {line}: {what} {remedy}"""

    status = 422

    def __init__(self, what: Text, remedy: Text, line: int | None) -> None:
        self.what, self.remedy, self.line = what, remedy, line
        super().__init__(line=line or "?", what=what.en, remedy=remedy.en)


def refuse(line: int | None, en: str, zh: str, remedy_en: str, remedy_zh: str) -> ScenarioUnreadable:
    """What is wrong in a file, where, and how to mend it."""
    return ScenarioUnreadable(Text(en, zh), Text(remedy_en, remedy_zh), line)


@dataclass(frozen=True)
class Part:
    """One piece of a file: a word (`text`), a list (`items`) or a map (`entries`), and its line, counted from 1."""

    kind: str
    line: int
    text: str = ""
    items: tuple[Part, ...] = ()
    entries: Mapping[str, Part] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Whether it says none."""
        return self.kind == "text" and self.text.lower() in _NOTHING

    def word(self) -> str:
        """A word or short text."""
        if self.kind != "text":
            raise self.refused("one word", "一个词")
        return self.text

    def optional(self) -> str | None:
        """A word, None where it says none."""
        return None if self.is_nothing else self.word()

    def words(self) -> list[str]:
        """A list of words; a single word is a list of one, none an empty one."""
        if self.kind == "list":
            return [each.word() for each in self.items]
        return [] if self.is_nothing else [self.word()]

    def map(self, known: Collection[str] | None = None) -> Mapping[str, Part]:
        """A map, whose keys must be `known`."""
        if self.kind != "map":
            raise self.refused("a map of names and values", "名称与值的对应（key: value）")
        for key, part in self.entries.items():
            if known is not None and key not in known:
                raise unknown(part.line, "word", "关键字", key, known)
        return self.entries

    def whole(self) -> int:
        """A whole number."""
        try:
            return int(self.word())
        except ValueError:
            raise self.refused("a whole number", "整数") from None

    def amount(self) -> Decimal:
        """An amount of money."""
        try:
            value = Decimal(self.word())
        except InvalidOperation:
            raise self.refused("an amount such as 1000 or 99.50", "金额，如 1000 或 99.50") from None
        if not value.is_finite():
            raise self.refused("an amount such as 1000 or 99.50", "金额，如 1000 或 99.50")
        return value

    def date(self) -> dt.date:
        """A date."""
        try:
            return dt.date.fromisoformat(self.word())
        except ValueError:
            raise self.refused("a date such as 2026-05-21", "日期，如 2026-05-21") from None

    def moment(self, zone: dt.tzinfo) -> dt.datetime:
        """A date with or without a time, at the lender's place."""
        try:
            at = dt.datetime.fromisoformat(self.word())
        except ValueError:
            raise self.refused("a moment such as 2026-05-21 10:00", "时刻，如 2026-05-21 10:00") from None
        if at.tzinfo is not None:
            raise self.refused("a moment without offset: the lender's time", "不带时区的时刻（放款机构当地时间）")
        return at.replace(tzinfo=zone).astimezone(dt.UTC)

    def plain(self) -> object:
        """A value as parameters have it: a truth, a whole number, a word, or a list of these."""
        if self.kind == "list":
            return [each.plain() for each in self.items]
        text = self.word()
        if text in ("true", "false"):
            return text == "true"
        return int(text) if text.lstrip("-").isdecimal() else text

    def refused(self, en: str, zh: str) -> ScenarioUnreadable:
        """It should have been something else."""
        shown = self.text[:60] if self.kind == "text" else {"list": "a list", "map": "a map"}[self.kind]
        return refuse(self.line, f"“{shown}” stands where {en} is needed.", f"“{shown}”处应为{zh}。", "", "")


def unknown(line: int | None, en: str, zh: str, name: str, known: Collection[str]) -> ScenarioUnreadable:
    """A name that nobody knows, with what may have been meant."""
    near = difflib.get_close_matches(name, known, 1)
    listed = ", ".join(sorted(known)[:40])
    remedy = (
        (f"Did you mean {near[0]}?", f"是否应为 {near[0]}？") if near else (f"Known: {listed}.", f"可用：{listed}。")
    )
    return refuse(line, f"The {en} “{name[:60]}” is not known.", f"未知的{zh}“{name[:60]}”。", *remedy)


def documents(source: bytes) -> Iterator[Part]:
    """The documents of a YAML file; raises ScenarioUnreadable."""
    try:
        for node in yaml.compose_all(_text(source), Loader=_Composer):
            yield _part(node, 1)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = error.problem or "?"
        raise refuse(
            mark.line + 1 if mark else None,
            f"This is no YAML: {told}.",
            f"YAML 格式有误：{told}。",
            "Check indentation, colons and quotes on this line and the one above.",
            "请检查本行及上一行的缩进、冒号与引号。",
        ) from error
    except yaml.YAMLError as error:
        raise refuse(None, f"This is no YAML: {error}.", f"YAML 格式有误：{error}。", "", "") from error


class _Composer(yaml.SafeLoader):
    """Composes nodes; nothing is ever constructed from them. References would allow a small file to be huge."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            line = event.start_mark.line + 1 if event.start_mark else None
            raise refuse(
                line, "Anchors (&, *) are not used here.", "此处不使用锚点（&、*）。", "Write it out.", "请写全。"
            )
        return super().compose_node(parent, index)


def _text(source: bytes) -> str:
    if len(source) > MOST_BYTES:
        raise refuse(
            None,
            f"The file is longer than {MOST_BYTES // 1024} KB.",
            f"文件超过 {MOST_BYTES // 1024} KB。",
            "Split it.",
            "请拆分。",
        )
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise refuse(
            line, "The file is no UTF-8.", "文件不是 UTF-8 编码。", "Save it as UTF-8.", "请另存为 UTF-8。"
        ) from error


def _part(node: yaml.Node, depth: int) -> Part:
    line = node.start_mark.line + 1
    if depth > MOST_DEPTH:
        raise refuse(line, "The file is nested too deeply.", "嵌套过深。", "", "")
    if not node.tag.startswith("tag:yaml.org,2002:"):
        raise refuse(
            line, f"The tag {node.tag} is not used here.", f"此处不使用标签 {node.tag}。", "Remove it.", "请删除。"
        )
    if isinstance(node, yaml.SequenceNode):
        return Part("list", line, items=tuple(_part(each, depth + 1) for each in node.value))
    if isinstance(node, yaml.MappingNode):
        return Part("map", line, entries=_entries(node, depth))
    return Part("text", line, text=str(node.value).strip())


def _entries(node: yaml.MappingNode, depth: int) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise refuse(line, "A name must be a plain word.", "名称须为普通文字。", "", "")
        if name in found:
            raise refuse(line, f"“{name}” stands here twice.", f"“{name}”重复。", "Remove one.", "请删除其一。")
        part = _part(value, depth + 1)
        found[name] = part if part.kind != "text" or part.text else Part("text", line)
    return found
