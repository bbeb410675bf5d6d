"""Playing scenarios: a folder's diagrams compiled once, each story in a database of its own, on a clock of its own."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sqlalchemy import func, select

from engine import clock, parameters
from engine.errors import DunflowError
from engine.flow.checks import check_release
from engine.flow.checks.paths import release_files
from engine.flow.definitions import Release, ReleaseRefused, compile_release
from engine.flow.findings import Text
from engine.flow.vocabulary import Vocabulary
from engine.lifecycle import vocabulary as lifecycle_vocabulary
from engine.models import HistoryEntry, LoanOrder, Timer
from engine.scenarios.doing import Doing
from engine.scenarios.expecting import Expecting
from engine.scenarios.outcomes import Failure, Outcome
from engine.scenarios.reading import ZONE, Scenario, Step, read_scenarios
from engine.scenarios.subjects import Otherwise
from engine.scenarios.variants import Rules, changed
from engine.scenarios.world import Template, World, empty_database
from engine.scenarios.yaml_parts import ScenarioUnreadable, unknown
from engine.sweep import sweep

FOLDER = "scenarios"
_MOST_SWEEPS = 2_000
_SERVER_ERROR = 500


@dataclass(frozen=True)
class ScenarioRun:
    """The release that was tried, and what came of each scenario."""

    release: Release
    outcomes: list[Outcome]

    @property
    def passed(self) -> bool:
        """Whether every story went as told."""
        return all(each.passed for each in self.outcomes)


def run_folder(folder: Path, *, vocabulary: Vocabulary | None = None, only: str = "") -> ScenarioRun:
    """Plays the scenarios in `scenarios/` of a folder on its diagrams, tables and forms as they are in the files.

    `only` names part of a file's name or of a scenario's. Raises ReleaseRefused when the diagrams cannot run, and
    PathUnreadable.
    """
    inside = (folder / FOLDER).glob("*.y*ml") if (folder / FOLDER).is_dir() else ()
    sources = {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(inside)}
    return run_files(release_files(folder), sources, vocabulary=vocabulary, only=only)


def run_files(
    files: Mapping[str, bytes],
    scenarios: Mapping[str, bytes],
    *,
    vocabulary: Vocabulary | None = None,
    only: str = "",
    names: Collection[str] = (),
    stop_at_failure: bool = False,
) -> ScenarioRun:
    """The same with contents in memory: the files of a release, and scenario files by name.

    `names` are the English names of the scenarios to play, where not all are wanted.
    """
    words = vocabulary or lifecycle_vocabulary()
    stage = _Stage(files, words)
    outcomes: list[Outcome] = []
    with closing(stage), clock.use_zone(ZONE):
        for outcome in _play_all(stage, scenarios, only, names):
            outcomes.append(outcome)
            if stop_at_failure and not outcome.passed:
                break
    return ScenarioRun(stage.release, outcomes)


class _Stage:
    """The release that is tried, and variants of it with other rules, each compiled once."""

    def __init__(self, files: Mapping[str, bytes], words: Vocabulary) -> None:
        self._files, self._words = files, words
        _must_run(files, words)
        self.release = compile_release(files, words)
        self._engine, self._empty = empty_database()
        self._templates = {"": Template(self._engine, self._empty, files, self.release)}

    def close(self) -> None:
        """Throws the database away."""
        self._engine.dispose()

    def template(self, rules: Rules) -> Template:
        """The release as its files are, or with the cells that a scenario puts in."""
        key = repr({id_: {name: part.text for name, part in cells.items()} for id_, cells in rules.items()} or "")
        key = key if rules else ""
        if key not in self._templates:
            files = changed(self._files, rules)
            _must_run(files, self._words)
            self._templates[key] = Template(self._engine, self._empty, files, compile_release(files, self._words))
        return self._templates[key]


def _must_run(files: Mapping[str, bytes], words: Vocabulary) -> None:
    findings = [finding for report in check_release(files, words) for finding in report.findings]
    if any(finding.is_error for finding in findings):
        raise ReleaseRefused(findings)


def _play_all(stage: _Stage, scenarios: Mapping[str, bytes], only: str, names: Collection[str]) -> Iterator[Outcome]:
    for name, source in scenarios.items():
        file = PurePosixPath(name)
        try:
            told = read_scenarios(source, stage.release.processes)
        except ScenarioUnreadable as error:
            yield _unreadable(Text(file.stem, file.stem), file, error)
            continue
        for scenario in told:
            told_by = (name, scenario.name.en, scenario.name.zh)
            if any(only in each for each in told_by) and (not names or scenario.name.en in names):
                yield _play(stage, scenario, file)


def _unreadable(name: Text, file: PurePosixPath, error: ScenarioUnreadable, diagram: str = "") -> Outcome:
    where = Text(f"line {error.line or '?'}", f"第 {error.line or '?'} 行")
    failure = Failure(where, error.what, "", "", error.line, remedy=error.remedy)
    return Outcome(name, file, diagram, 0, failure)


def _play(stage: _Stage, scenario: Scenario, file: PurePosixPath) -> Outcome:
    began = time.perf_counter()
    done, failure = 0, None
    try:
        check_names(scenario, stage.release)
        world = stage.template(scenario.given.rules).world()
    except ScenarioUnreadable as error:
        return _unreadable(scenario.name, file, error, scenario.diagram)
    try:
        with clock.use(lambda: world.now):
            world.begin(scenario.given)
            for step in scenario.steps:
                failure = _step(world, scenario, step)
                if failure is not None:
                    break
                done += 1
    except ScenarioUnreadable as error:
        return _unreadable(scenario.name, file, error, scenario.diagram)
    return Outcome(
        scenario.name,
        file,
        scenario.diagram,
        done,
        failure,
        time.perf_counter() - began,
        frozenset(world.domain.elements),
        frozenset(world.domain.arrows),
    )


def check_names(scenario: Scenario, release: Release) -> None:
    """Raises ScenarioUnreadable for an element or a parameter that there is none of."""
    for name in scenario.given.parameters:
        if name not in parameters.DECLARED:
            raise unknown(scenario.line, "parameter", "参数", name, parameters.DECLARED)
    for step in scenario.steps:
        named = [(each, step.then["waits"].line) for each in step.then["waits"].words()] if "waits" in step.then else []
        if "timers" in step.then:
            named += [(each, part.line) for each, part in step.then["timers"].map().items()]
        if step.deed is not None and step.deed.verb == "complete":
            named.append((step.deed.what.word(), step.deed.line))
        for element, line in named:
            if element not in release.elements:
                raise unknown(line, "element", "元素", element, release.elements)


def _step(world: World, scenario: Scenario, step: Step) -> Failure | None:
    """Plays one step; gives where it went otherwise."""
    since = _last_entry(world)
    try:
        if step.at is not None:
            _move_clock(world, step)
        _do(world, scenario, step)
        with world.sessions() as session:
            Expecting(session, step, since).check()
    except Otherwise as error:
        return _failure(world, step, error)
    return None


def _do(world: World, scenario: Scenario, step: Step) -> None:
    deed = step.deed
    expected = step.then["refused"].word() if "refused" in step.then else None
    got = None
    if deed is not None:
        try:
            world.write(lambda session: Doing(world, session, scenario.given, step, deed).do())
        except (Otherwise, ScenarioUnreadable):
            raise
        except DunflowError as error:
            got = error
        except Exception as error:
            raise Otherwise(
                Text(deed.verb, deed.verb), "done", f"{type(error).__name__}: {error}", deed.line
            ) from error
    line = deed.line if deed is not None else step.line
    what = Text(f"refusal of {deed.verb if deed else 'nothing'}", f"{deed.verb if deed else '无'}被拒绝")
    if got is None and expected is not None:
        raise Otherwise(what, expected, "it was done", line)
    if got is not None and expected not in _names(got):
        raise Otherwise(what, expected or "none", f"{got.code}: {got}", line)


def _names(error: DunflowError) -> list[str]:
    """The error's own name and those of the more general ones; a failure of the system is no refusal."""
    if error.status >= _SERVER_ERROR:
        return []
    return [each.__name__ for each in type(error).__mro__ if issubclass(each, DunflowError)]


def _move_clock(world: World, step: Step) -> None:
    """Time passes as for a lender who sweeps at every instant at which something is due."""
    to = step.at or world.now
    if to < world.now:
        what = Text("the clock", "时钟")
        raise Otherwise(
            what, f"not before {world.now.astimezone(ZONE):%Y-%m-%d %H:%M}", f"{to.astimezone(ZONE):%Y-%m-%d %H:%M}"
        )
    for _ in range(_MOST_SWEEPS):
        due = _next_due(world)
        if due is None or due > to:
            break
        world.now = max(world.now, due)
        sweep(world.sessions)
    else:
        raise Otherwise(Text("timers", "定时器"), "that come to rest", "some that are due again and again")
    world.now = to


def _next_due(world: World) -> dt.datetime | None:
    with world.sessions() as session:
        timer = session.scalar(select(func.min(Timer.due_at)))
        order = session.scalar(select(func.min(LoanOrder.next_step_at)))
    return min((each for each in (timer, order) if each is not None), default=None)


def _last_entry(world: World) -> int:
    with world.sessions() as session:
        return session.scalar(select(func.max(HistoryEntry.id))) or 0


def _failure(world: World, step: Step, error: Otherwise) -> Failure:
    line = error.line or step.line
    at = world.now.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    where = Text(f"step {step.number}, line {line}, at {at}", f"第 {step.number} 步，第 {line} 行，{at}")
    return Failure(where, error.what, error.expected, error.got, line, step.number)
