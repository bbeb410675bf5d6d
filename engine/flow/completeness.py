"""Proves a decision table complete and free of contradiction, or shows a case for which it is not.

Every input is cut at the values that its cells name; on each stretch no cell changes its mind, so one sample stands
for it, and the search over samples is exact. Stretches on which the same rules apply are looked at together.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.flow.findings import Finding, Severity, Text
from engine.flow.refusals import TABLES
from engine.flow.samples import Sample, described, samples
from engine.flow.tables import Column, Table

MAX_STEPS = 500_000
MAX_TRIALS = 2_000_000
MAX_SHOWN = 10


@dataclass(frozen=True)
class Group:
    """Samples of one input to which the same rules apply, as bits."""

    rules: int
    samples: tuple[Sample, ...]
    is_open: bool


class _TooManyCombinations(Exception):
    """The search is longer than `MAX_STEPS`, or there are more than `MAX_TRIALS` samples to try on cells."""


def analyse(table: Table) -> list[Finding]:
    """Gaps (UNIQUE, FIRST), overlaps (UNIQUE) and rules that never apply, each with an example.

    A gap is an error if it lies among allowed or named values, a warning if only values fall into it that nobody
    named and that stated allowed values would exclude. Cells that depend on other data are taken to apply when gaps
    are sought and not to apply when overlaps are sought, and a warning says so.
    """
    if table.hit_policy == "COLLECT":
        return []
    found: list[Finding] = []
    try:
        analysis = _Analysis(table)
        for part in (analysis.unchecked, analysis.dead_rules, analysis.overlaps, analysis.gaps):
            found += part()
    except _TooManyCombinations:
        why = Text("there are too many combinations", "组合过多")
        found.append(_finding(table, "dmn-unchecked", None, "warning", why=why.en, why_zh=why.zh))
    return found


class _Analysis:
    """One table, with the rules that may and that surely do apply to each sample."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.all = (1 << len(table.rules)) - 1
        self.samples = [samples(*pair) for pair in zip(table.inputs, table.columns, strict=True)]
        if sum(map(len, self.samples)) * len(table.rules) > MAX_TRIALS:
            raise _TooManyCombinations
        columns = list(zip(table.columns, self.samples, strict=True))
        self.may = [[_applying(column, sample, self.all, unsure=True) for sample in each] for column, each in columns]
        self.must = [[_applying(column, sample, self.all, unsure=False) for sample in each] for column, each in columns]
        self.steps = 0

    # -- what cannot be told

    def unchecked(self) -> Iterator[Finding]:
        for column in zip(self.table.inputs, self.table.columns, strict=True):
            unsure = [place + 1 for place, cell in enumerate(column[1].cells) if not cell.is_fixed]
            if unsure:
                rules = ", ".join(str(number) for number in unsure)
                why = Text(
                    f"{column[0].name} is compared with other data in rule {rules}",
                    f"{column[0].name} 在规则 {rules} 中与其他数据比较",
                )
                yield self._finding("dmn-unchecked", None, "warning", why=why.en, why_zh=why.zh)

    def dead_rules(self) -> Iterator[Finding]:
        for place, rule in enumerate(self.table.rules):
            for column, may, cell in zip(self.table.inputs, self.may, rule.cells, strict=True):
                if not any(mask >> place & 1 for mask in may) and not cell.is_any:
                    yield self._finding(
                        "dmn-dead-rule", rule.id, "warning", rule=rule.number, column=column.name, cell=cell.text
                    )
                    break
            else:
                yield from self._unreached(place)

    def _unreached(self, place: int) -> Iterator[Finding]:
        """Under FIRST, a rule whose every case an earlier rule takes for sure."""
        if self.table.hit_policy != "FIRST" or place == 0:
            return
        mine = [
            [(sure, sample) for sure, may, sample in zip(*column, strict=True) if may >> place & 1]
            for column in zip(self.must, self.may, self.samples, strict=True)
        ]
        if next(self._holes(mine, (1 << place) - 1), None) is None:
            rule = self.table.rules[place]
            yield self._finding("dmn-unreached", rule.id, "warning", rule=rule.number)

    # -- overlaps

    def overlaps(self) -> Iterator[Finding]:
        if self.table.hit_policy != "UNIQUE":
            return
        pairs = self._overlapping()
        shown = [next(pairs, None) for _ in range(MAX_SHOWN)]
        for pair in shown:
            if pair is not None:
                yield self._overlap(*pair)
        more = sum(1 for _ in pairs)
        if more:
            yield self._finding("dmn-more", None, "error", count=more)

    def _overlapping(self) -> Iterator[tuple[int, int]]:
        """Pairs of rules that share a sample in every column."""
        for second in range(len(self.table.rules)):
            shared = (1 << second) - 1
            for masks in self.must:
                self._count(1)
                shared &= functools.reduce(operator.or_, (mask for mask in masks if mask >> second & 1), 0)
            yield from ((first, second) for first in range(second) if shared >> first & 1)

    def _overlap(self, first: int, second: int) -> Finding:
        both = 1 << first | 1 << second
        met = []
        for masks, each in zip(self.must, self.samples, strict=True):
            found = [sample for mask, sample in zip(masks, each, strict=True) if mask & both == both]
            met.append(min(found, key=lambda sample: sample.is_open))
        example = self._example(met)
        rules = self.table.rules
        return self._finding(
            "dmn-overlap", rules[second].id, "error", first=rules[first].number, second=rules[second].number, **example
        )

    # -- gaps

    def gaps(self) -> Iterator[Finding]:
        columns = [list(zip(*column, strict=True)) for column in zip(self.may, self.samples, strict=True)]
        certain = [[met for met in column if not met[1].is_open] for column in columns]
        yield from self._gaps(self._holes(certain, self.all), "error")
        holes = self._holes(columns, self.all)
        yield from self._gaps((hole for hole in holes if any(group.is_open for group in hole)), "warning")

    def _gaps(self, holes: Iterator[list[Group]], severity: Severity) -> Iterator[Finding]:
        for hole in itertools.islice(holes, MAX_SHOWN):
            yield self._finding("dmn-gap", None, severity, **self._where(hole))
        if next(holes, None) is not None:
            yield self._finding("dmn-more", None, severity, count="…")

    def _holes(self, columns: Sequence[Sequence[tuple[int, Sample]]], alive: int) -> Iterator[list[Group]]:
        """Paths through the inputs to which no rule of `alive` applies; they end where that is settled."""
        covered: set[tuple[int, int]] = set()

        def search(place: int, alive: int, path: list[Group]) -> Iterator[list[Group]]:
            if not alive:
                yield path
            elif place < len(columns) and (place, alive) not in covered:
                self._count(len(columns[place]))
                is_whole = True
                for group in _grouped(columns[place], alive):
                    for hole in search(place + 1, group.rules, [*path, group]):
                        is_whole = False
                        yield hole
                if is_whole:
                    covered.add((place, alive))

        return search(0, alive, [])

    def _where(self, hole: Sequence[Group]) -> dict[str, object]:
        named = [
            (column.name, described(group.samples, len(each)))
            for column, group, each in zip(self.table.inputs, hole, self.samples, strict=False)
            if len(group.samples) < len(each) or group is hole[-1]
        ]
        english = " and ".join(f"{name} {what.en}" for name, what in named) or "any input"
        chinese = "、".join(f"{name} {what.zh}" for name, what in named) or "任意输入"
        path = [group.samples[0] for group in hole]
        return {"where": english, "where_zh": chinese, **self._example(path)}

    # -- words

    def _example(self, met: Sequence[Sample]) -> dict[str, object]:
        pairs = list(zip(self.table.inputs, met, strict=False))
        return {
            "example": ", ".join(f"{column.name} = {sample.shown.en}" for column, sample in pairs) or "-",
            "example_zh": "，".join(f"{column.name} = {sample.shown.zh}" for column, sample in pairs) or "-",
        }

    def _finding(self, rule: str, element: str | None, severity: Severity, /, **params: object) -> Finding:
        return _finding(self.table, rule, element, severity, **params)

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise _TooManyCombinations


def _finding(table: Table, rule: str, element: str | None, severity: Severity, /, **params: object) -> Finding:
    message, remedy = TABLES[rule]
    shown = {"table": table.id, **params}
    return Finding(element or table.id, rule, severity, message.format(**shown), remedy.format(**shown))


def _applying(column: Column, sample: Sample, every: int, *, unsure: bool) -> int:
    """The rules whose cell lets the sample pass; cells that depend on other data count as `unsure` says."""
    if column.is_fixed:
        return column.rules(sample.value, {}, {}, every)
    fixed = sum(1 << place for place, cell in enumerate(column.cells) if cell.is_fixed)
    return column.rules(sample.value, {}, {}, fixed) | (every & ~fixed if unsure else 0)


def _grouped(column: Iterable[tuple[int, Sample]], alive: int) -> list[Group]:
    """Samples together by those of the rules alive that apply to them; those that may surely come stand first."""
    found: dict[tuple[bool, int], list[Sample]] = {}
    for rules, sample in column:
        found.setdefault((sample.is_open, alive & rules), []).append(sample)
    return [Group(rules, tuple(each), is_open) for (is_open, rules), each in sorted(found.items(), key=lambda g: g[0])]
