"""The house's own diagrams and scenarios, played once for all tests, and small scenarios to try things with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import dedent

from engine.flow.checks.paths import release_files
from engine.scenarios import Outcome, ScenarioRun, Stage, run_files, run_folder

FOLDER = Path(__file__).parents[2] / "bpmn"
WAITS_FOR_DISPATCH = """
name: {en: Opens, zh: 开立}
diagram: collection
given:
  date: 2026-05-21
  orders: {A: {due: 2026-05-20, principal: 1000}}
steps:
  - at: 2026-05-21 10:00
    then: {waits: dispatch}
"""


@cache
def played() -> ScenarioRun:
    return run_folder(FOLDER)


@cache
def files() -> Mapping[str, bytes]:
    return release_files(FOLDER)


@cache
def scenario_files() -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((FOLDER / "scenarios").glob("*.yaml"))}


def play(*scenarios: str, **changed: bytes) -> list[Outcome]:
    """Plays scenarios given as text, on the house's diagrams unless one is changed: `collection=b"..."`."""
    told = {f"{number}.yaml": dedent(text).encode() for number, text in enumerate(scenarios)}
    if not changed:
        return list(_stage().play(told))
    return run_files({**files(), **{f"{name}.bpmn": source for name, source in changed.items()}}, told).outcomes


@cache
def _stage() -> Stage:
    return Stage(files())


def play_one(scenario: str) -> Outcome:
    (outcome,) = play(scenario)
    return outcome


def story(*steps: str, given: str = "") -> str:
    """A scenario of a case that opened on 21 May, one day past due; each step is one line of YAML."""
    lines = "\n".join(f"  - {step}" for step in steps)
    return (
        "name: {en: Story, zh: 故事}\ndiagram: collection\ngiven:\n  date: 2026-05-21\n"
        f"{given}  orders: {{A: {{due: 2026-05-20, principal: 1000}}}}\nsteps:\n{lines}\n"
    )
