"""Scenarios: stories that diagrams must tell, played on the real engine in a throw-away database."""

from engine.scenarios.coverage import Coverage, coverage
from engine.scenarios.outcomes import Failure, Outcome
from engine.scenarios.reading import read_scenarios
from engine.scenarios.rendering import as_dict, render
from engine.scenarios.running import ScenarioRun, Stage, run_files, run_folder
from engine.scenarios.yaml_parts import ScenarioUnreadable

__all__ = [
    "Coverage",
    "Failure",
    "Outcome",
    "ScenarioRun",
    "ScenarioUnreadable",
    "Stage",
    "as_dict",
    "coverage",
    "read_scenarios",
    "render",
    "run_files",
    "run_folder",
]
