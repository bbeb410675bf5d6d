"""What a check says of one file, and how that reads in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.flow.findings import Finding, Text

_RUNS = Text("can run", "可以运行")
_RUNS_WITH = Text("can run, with {count} warning(s)", "可以运行，{count} 条警告")
_NOT = Text("cannot run: {count} error(s)", "不能运行：{count} 个错误")
_SEVERITIES = {"error": Text("error", "错误"), "warning": Text("warning", "警告")}
_INSTEAD = Text("instead: ", "改法：")
_WHOLE = Text("the file", "整个文件")
_TOTAL = Text("{runs} of {count} file(s) can run.", "{count} 个文件中有 {runs} 个可以运行。")


@dataclass(frozen=True)
class FileReport:
    """The verdict on one file. `runs`: a process starts (a table decides, a form shows) and no finding is an error."""

    file: str
    runs: bool
    findings: tuple[Finding, ...]

    def as_dict(self, lang: str = "en") -> dict[str, object]:
        """The shape that `dunflow flows check --json` prints."""
        return {"file": self.file, "runs": self.runs, "findings": [finding.as_dict(lang) for finding in self.findings]}

    @property
    def errors(self) -> list[Finding]:
        """The findings that keep it from running."""
        return [finding for finding in self.findings if finding.is_error]


def all_run(reports: Sequence[FileReport]) -> bool:
    """Whether everything that was checked can run: exit code 0."""
    return bool(reports) and all(report.runs for report in reports)


def render(reports: Sequence[FileReport], lang: str = "en") -> str:
    """The reports as plain text: per file a verdict, then each finding with its element, reason and remedy."""
    blocks = [_block(report, lang) for report in reports]
    runs = sum(1 for report in reports if report.runs)
    return "\n\n".join([*blocks, _TOTAL.format(runs=runs, count=len(reports)).get(lang)])


def _block(report: FileReport, lang: str) -> str:
    lines = [f"{report.file}: {_verdict(report, lang)}"]
    for finding in sorted(report.findings, key=lambda finding: not finding.is_error):
        element = finding.element or _WHOLE.get(lang)
        lines.append(f"  {_SEVERITIES[finding.severity].get(lang)} [{finding.rule}] {element}")
        lines.append(f"      {finding.message.get(lang)}")
        lines.append(f"      {_INSTEAD.get(lang)}{finding.remedy.get(lang)}")
    return "\n".join(lines)


def _verdict(report: FileReport, lang: str) -> str:
    if not report.runs:
        return _NOT.format(count=max(1, len(report.errors))).get(lang)
    return (_RUNS_WITH.format(count=len(report.findings)) if report.findings else _RUNS).get(lang)
