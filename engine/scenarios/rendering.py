"""Outcomes and coverage as plain text for a terminal, and as plain data for `--json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.flow.findings import Text
from engine.scenarios.coverage import Coverage
from engine.scenarios.outcomes import Failure, Outcome

_PASSED, _FAILED = Text("passed", "通过"), Text("FAILED", "未通过")
_SUMMARY = Text("{passed} of {all} scenarios passed.", "{all} 个场景中 {passed} 个通过。")
_EXPECTED, _GOT = Text("expected", "应为"), Text("got", "实为")
_COVERED = Text(
    "{name}: {elements} of {all_elements} elements, {arrows} of {all_arrows} arrows reached",
    "{name}：经过元素 {elements}/{all_elements}，箭头 {arrows}/{all_arrows}",
)
_UNREACHED = Text("no scenario reaches {id} ({label})", "没有场景经过 {id}（{label}）")
_UNTAKEN = Text(
    "no scenario takes the arrow {id}, from {source} to {target}", "没有场景走箭头 {id}（{source} → {target}）"
)


def render(outcomes: Sequence[Outcome], coverage: Iterable[Coverage] = (), lang: str = "en") -> str:
    """Plain text: each scenario, where it failed, a summary, and what is not reached."""
    lines: list[str] = []
    for outcome in outcomes:
        told = (_PASSED if outcome.passed else _FAILED).get(lang)
        lines.append(f"{told}  {outcome.file.name}: {outcome.name.get(lang)}")
        if outcome.failure is not None:
            lines.extend(f"    {line}" for line in _failure(outcome.failure, lang))
    passed = sum(outcome.passed for outcome in outcomes)
    lines.append(_SUMMARY.format(passed=passed, all=len(outcomes)).get(lang))
    for each in coverage:
        lines.extend(_coverage(each, lang))
    return "\n".join(lines)


def _failure(failure: Failure, lang: str) -> list[str]:
    told = [f"{failure.where.get(lang)}: {failure.what.get(lang)}"]
    if failure.remedy is not None:
        return [*told, failure.remedy.get(lang)] if failure.remedy.en else told
    return [*told, f"{_EXPECTED.get(lang)}: {failure.expected}", f"{_GOT.get(lang)}: {failure.got}"]


def _coverage(each: Coverage, lang: str) -> list[str]:
    first = _COVERED.format(
        name=each.process.label(lang),
        elements=each.elements - len(each.unreached),
        all_elements=each.elements,
        arrows=each.arrows - len(each.untaken),
        all_arrows=each.arrows,
    )
    unreached = [_UNREACHED.format(id=one.id, label=one.label(lang)) for one in each.unreached]
    untaken = [_UNTAKEN.format(id=one.id, source=one.source, target=one.target) for one in each.untaken]
    return [first.get(lang), *(f"    {text.get(lang)}" for text in (*unreached, *untaken))]


def as_dict(outcomes: Sequence[Outcome], coverage: Iterable[Coverage] = (), lang: str = "en") -> dict[str, Any]:
    """The shape that `dunflow flows scenarios --json` prints."""
    return {
        "scenarios": [_outcome(each, lang) for each in outcomes],
        "coverage": [
            {
                "diagram": each.process.id,
                "elements": each.elements,
                "arrows": each.arrows,
                "unreached": [one.id for one in each.unreached],
                "untaken": [one.id for one in each.untaken],
            }
            for each in coverage
        ],
    }


def _outcome(outcome: Outcome, lang: str) -> dict[str, Any]:
    failure = outcome.failure
    return {
        "name": outcome.name.get(lang),
        "file": str(outcome.file),
        "diagram": outcome.diagram,
        "passed": outcome.passed,
        "steps": outcome.steps,
        "seconds": round(outcome.seconds, 4),
        "failure": None
        if failure is None
        else {
            "where": failure.where.get(lang),
            "line": failure.line,
            "step": failure.step,
            "what": failure.what.get(lang),
            "expected": failure.expected,
            "got": failure.got,
            "remedy": failure.remedy.get(lang) if failure.remedy else None,
        },
    }
