"""What a diagram, table or form may not contain: said with the element, a reason and a way to draw it instead."""

from engine.flow.checks.paths import PathUnreadable, check_paths, release_files
from engine.flow.checks.release import check_file, check_release
from engine.flow.checks.report import FileReport, all_run, render

__all__ = [
    "FileReport",
    "PathUnreadable",
    "all_run",
    "check_file",
    "check_paths",
    "check_release",
    "release_files",
    "render",
]
