"""Trying a release: a folder's diagrams compiled once, its scenarios played on them one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from engine import clock
from engine.errors import DunflowError
from engine.flow.checks import check_release
from engine.flow.checks.paths import release_files
from engine.flow.definitions import Release, ReleaseRefused, compile_release
from engine.flow.findings import Text
from engine.flow.vocabulary import Vocabulary
from engine.lifecycle import vocabulary as lifecycle_vocabulary
from engine.scenarios.outcomes import Outcome
from engine.scenarios.playing import check_names, play, refused, unreadable
from engine.scenarios.reading import ZONE, Scenario, read_scenarios
from engine.scenarios.variants import Rules, changed
from engine.scenarios.world import Template, empty_database
from engine.scenarios.yaml_parts import ScenarioUnreadable

FOLDER = "scenarios"


class ScenariosMissing(DunflowError):
    """There are no scenarios to play in {folder}; say with --scenarios where they are (a release holds none)."""

    status = 404


@dataclass(frozen=True)
class ScenarioRun:
    """The release that was tried, and what came of each scenario."""

    release: Release
    outcomes: list[Outcome]

    @property
    def passed(self) -> bool:
        """Whether every story went as told."""
        return all(each.passed for each in self.outcomes)


def run_folder(
    folder: Path, *, scenarios: Path | None = None, vocabulary: Vocabulary | None = None, only: str = ""
) -> ScenarioRun:
    """Plays scenarios on a folder's diagrams, tables and forms as they are in the files.

    They lie in `scenarios/` within it unless another folder is given. `only` names part of a file's name or of a
    scenario's. Raises ReleaseRefused when the diagrams cannot run, PathUnreadable, and ScenariosMissing.
    """
    stories = scenarios or folder / FOLDER
    sources = {f"{FOLDER}/{path.name}": path.read_bytes() for path in sorted(stories.glob("*.y*ml"))}
    if not sources:
        raise ScenariosMissing(folder=stories)
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
    with closing(Stage(files, vocabulary)) as stage:
        outcomes: list[Outcome] = []
        for outcome in stage.play(scenarios, only=only, names=names):
            outcomes.append(outcome)
            if stop_at_failure and not outcome.passed:
                break
    return ScenarioRun(stage.release, outcomes)


class Stage:
    """The release that is tried, and variants of it with other rules, each compiled once. For one thread."""

    def __init__(self, files: Mapping[str, bytes], vocabulary: Vocabulary | None = None) -> None:
        """Raises ReleaseRefused when the diagrams cannot run."""
        self._files, self._words = files, vocabulary or lifecycle_vocabulary()
        self.release = self._compiled(files)
        self._engine, self._empty = empty_database()
        self._templates = {"": Template(self._engine, self._empty, files, self.release)}

    def play(self, scenarios: Mapping[str, bytes], *, only: str = "", names: Collection[str] = ()) -> Iterator[Outcome]:
        """Plays scenario files by name, one scenario after the other."""
        for name, source in scenarios.items():
            file = PurePosixPath(name)
            try:
                told = read_scenarios(source, self.release.processes)
            except ScenarioUnreadable as error:
                yield unreadable(Text(file.stem, file.stem), file, error)
                continue
            for scenario in told:
                told_by = (name, scenario.name.en, scenario.name.zh)
                if any(only in each for each in told_by) and (not names or scenario.name.en in names):
                    with clock.use_zone(ZONE):
                        outcome = self._play(scenario, file)
                    yield outcome

    def close(self) -> None:
        """Throws the database away."""
        self._engine.dispose()

    def _play(self, scenario: Scenario, file: PurePosixPath) -> Outcome:
        try:
            check_names(scenario, self.release)
            world = self._template(scenario.given.rules).world()
        except ScenarioUnreadable as error:
            return unreadable(scenario.name, file, error, scenario.diagram)
        except ReleaseRefused as error:
            return refused(scenario, file, error)
        return play(world, scenario, file)

    def _template(self, rules: Rules) -> Template:
        """The release as its files are, or with the cells that a scenario puts in."""
        told = {id_: {name: part.text for name, part in cells.items()} for id_, cells in rules.items()}
        key = repr(told) if told else ""
        if key not in self._templates:
            files = changed(self._files, rules)
            self._templates[key] = Template(self._engine, self._empty, files, self._compiled(files))
        return self._templates[key]

    def _compiled(self, files: Mapping[str, bytes]) -> Release:
        findings = [finding for report in check_release(files, self._words) for finding in report.findings]
        if any(finding.is_error for finding in findings):
            raise ReleaseRefused(findings)
        return compile_release(files, self._words)
