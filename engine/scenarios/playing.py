"""Playing one scenario: its world begins, the clock moves, things are done, and what is so is compared."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import PurePosixPath

from sqlalchemy import func, select

from engine import clock, parameters
from engine.errors import DunflowError
from engine.flow.definitions import Release, ReleaseRefused
from engine.flow.findings import Text
from engine.models import HistoryEntry, LoanOrder, Timer
from engine.scenarios.doing import Doing
from engine.scenarios.expecting import Expecting
from engine.scenarios.outcomes import Failure, Outcome
from engine.scenarios.reading import ZONE, Scenario, Step
from engine.scenarios.subjects import Otherwise
from engine.scenarios.world import World
from engine.scenarios.yaml_parts import ScenarioUnreadable, unknown
from engine.sweep import sweep

_MOST_SWEEPS = 2_000
_SERVER_ERROR = 500


def unreadable(name: Text, file: PurePosixPath, error: ScenarioUnreadable, diagram: str = "") -> Outcome:
    """A file, or a scenario in it, that cannot be played."""
    where = Text(f"line {error.line or '?'}", f"第 {error.line or '?'} 行")
    failure = Failure(where, error.what, "", "", error.line, remedy=error.remedy)
    return Outcome(name, file, diagram, 0, failure)


def play(world: World, scenario: Scenario, file: PurePosixPath) -> Outcome:
    """Plays a scenario in a world of its own. Whatever goes wrong is told in the outcome."""
    began = time.perf_counter()
    done, failure = 0, None
    try:
        with clock.use(lambda: world.now):
            failure = _begin(world, scenario)
            for step in scenario.steps if failure is None else ():
                failure = _step(world, scenario, step)
                if failure is not None:
                    break
                done += 1
    except ScenarioUnreadable as error:
        return unreadable(scenario.name, file, error, scenario.diagram)
    seconds = time.perf_counter() - began
    way = world.domain
    elements, arrows = frozenset(way.elements), frozenset(way.arrows)
    return Outcome(scenario.name, file, scenario.diagram, done, failure, seconds, elements, arrows)


def _begin(world: World, scenario: Scenario) -> Failure | None:
    """What is given must be possible: a parameter's value allowed, and so on."""
    try:
        world.begin(scenario.given)
    except DunflowError as error:
        line = scenario.given.line
        where = Text(f"given, line {line}", f"given，第 {line} 行")
        return Failure(where, Text("what is given", "前提"), "possible", f"{error.code}: {error}", line)
    return None


def refused(scenario: Scenario, file: PurePosixPath, error: ReleaseRefused) -> Outcome:
    """A scenario whose `rules` make a release that cannot run."""
    line, finding = scenario.given.line, next(each for each in error.findings if each.is_error)
    where = Text(f"rules in given, line {line}", f"given 中的 rules，第 {line} 行")
    failure = Failure(where, finding.message, "", "", line, remedy=finding.remedy)
    return Outcome(scenario.name, file, scenario.diagram, 0, failure)


def check_names(scenario: Scenario, release: Release) -> None:
    """Raises ScenarioUnreadable for an element or a parameter that there is none of."""
    for name in scenario.given.parameters:
        if name not in parameters.DECLARED:
            raise unknown(scenario.line, "parameter", "参数", name, parameters.DECLARED)
    for step in scenario.steps:
        for element, line in _named(step):
            if element not in release.elements:
                raise unknown(line, "element", "元素", element, release.elements)


def _named(step: Step) -> list[tuple[str, int]]:
    """The elements that a step names, with their lines."""
    named = [(each, step.then["waits"].line) for each in step.then["waits"].words()] if "waits" in step.then else []
    for word in {"timers", "whose"} & step.then.keys():
        named += [(each, part.line) for each, part in step.then[word].map().items()]
    if step.deed is not None and step.deed.verb == "complete":
        named.append((step.deed.what.word(), step.deed.line))
    return named


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
