"""`dunflow flows`: checked, tried, published by two people."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from engine.wiring import Dunflow
from tests.cast import PASSWORD, make_cast
from tests.commands.conftest import Command
from tests.processes import ROOT

BPMN = ROOT / "bpmn"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The product's diagrams, with a change."""
    copied = Path(shutil.copytree(BPMN, tmp_path / "bpmn"))
    with (copied / "collection.bpmn").open("ab") as file:
        file.write(b"<!-- changed -->\n")
    return copied


@pytest.fixture
def peopled(house: Dunflow) -> Dunflow:
    with house.writing() as session:
        make_cast(session)
    return house


def test_what_can_run_is_0_and_json_only(dunflow: Command) -> None:
    done = dunflow("flows", "check", str(BPMN), "--json")
    reports = json.loads(done.stdout)
    assert done.returncode == 0
    assert all(set(report) == {"file", "runs", "findings"} and report["runs"] for report in reports)


def test_what_cannot_run_is_1_and_says_what_to_do(dunflow: Command, tmp_path: Path) -> None:
    broken = tmp_path / "broken.bpmn"
    broken.write_bytes((BPMN / "collection.bpmn").read_bytes()[:2000])
    done = dunflow("flows", "check", str(broken), "--json", "--lang", "zh")
    (report,) = json.loads(done.stdout)
    assert (done.returncode, report["runs"]) == (1, False)
    assert set(report["findings"][0]) == {"element", "rule", "severity", "message", "remedy"}
    assert dunflow("flows", "check", str(broken)).returncode == 1


def test_a_path_that_is_not_there_is_2(dunflow: Command, tmp_path: Path) -> None:
    assert dunflow("flows", "check", str(tmp_path / "nothing.bpmn")).returncode == 2


def test_the_first_release_is_published_at_once(dunflow: Command, house: Dunflow) -> None:
    done = dunflow("flows", "publish", str(BPMN), "--note", "the first")
    assert (done.returncode, "Release 1 is published" in done.stdout) == (0, True)
    assert "the first" in dunflow("flows", "releases").stdout


def test_file_whose_name_is_no_text_is_told_of_in_text(dunflow: Command, folder: Path) -> None:
    strange = folder / os.fsdecode(b"\xff\xfe.bpmn")
    strange.write_bytes((folder / "operation_request.bpmn").read_bytes())
    for more in ((), ("--json",)):
        assert "??.bpmn" in dunflow("flows", "check", str(strange), *more).stdout


def test_what_cannot_be_read_is_wrong_use(dunflow: Command, folder: Path) -> None:
    os.mkfifo(folder / "pipe.bpmn")
    for path in (folder / "pipe.bpmn", folder / ("x" * 5_000), folder / "nowhere"):
        done = dunflow("flows", "check", "--json", str(path))
        assert (done.returncode, done.stdout, "cannot be read" in done.stderr) == (2, "", True)


def test_a_later_one_waits_for_a_second_person(dunflow: Command, peopled: Dunflow, folder: Path) -> None:
    dunflow("flows", "publish", str(BPMN), "--note", "the first")
    publish = ("flows", "publish", str(folder), "--note", "the second")
    assert dunflow(*publish).returncode == 2
    done = dunflow(*publish, "--by", "anna", text=f"{PASSWORD}\n")
    assert "A second person must approve it" in done.stdout
    assert "submitted" in dunflow("flows", "releases").stdout


def test_two_people_publish_together(dunflow: Command, peopled: Dunflow, folder: Path) -> None:
    dunflow("flows", "publish", str(BPMN), "--note", "the first")
    people = ("--by", "anna", "--approved-by", "mira")
    publish = ("flows", "publish", str(folder), "--note", "the second", *people)
    assert dunflow(*publish, text=f"{PASSWORD}\nwrong\n").returncode == 2
    done = dunflow(*publish, text=f"{PASSWORD}\n{PASSWORD}\n")
    assert "Release 2 is published" in done.stdout


def test_nobody_approves_their_own(dunflow: Command, peopled: Dunflow, folder: Path) -> None:
    dunflow("flows", "publish", str(BPMN), "--note", "the first")
    alone = ("--by", "anna", "--approved-by", "anna")
    done = dunflow("flows", "publish", str(folder), "--note", "x", *alone, text=f"{PASSWORD}\n{PASSWORD}\n")
    assert (done.returncode, "second person" in done.stderr) == (2, True)
    assert "submitted" not in dunflow("flows", "releases").stdout


def test_who_may_not_publish_is_told(dunflow: Command, peopled: Dunflow, folder: Path) -> None:
    dunflow("flows", "publish", str(BPMN), "--note", "the first")
    done = dunflow("flows", "publish", str(folder), "--note", "x", "--by", "cora", text=f"{PASSWORD}\n")
    assert (done.returncode, "analyst" in done.stderr) == (2, True)


def test_what_cannot_run_is_not_published(dunflow: Command, house: Dunflow, folder: Path) -> None:
    (folder / "case_tier.dmn").unlink()
    done = dunflow("flows", "publish", str(folder), "--note", "x")
    assert done.returncode == 1
    assert "case_tier" in done.stderr


def test_scenarios_tell_whether_the_stories_hold(dunflow: Command, folder: Path) -> None:
    stories = sorted((folder / "scenarios").glob("*.y*ml"))
    for other in stories[1:]:
        other.unlink()
    assert dunflow("flows", "scenarios", str(folder)).returncode == 0
    aside = shutil.move(folder / "scenarios", folder.parent / "stories")
    none = dunflow("flows", "scenarios", str(folder))
    assert none.returncode not in (0, 1)
    assert "--scenarios" in none.stderr
    assert dunflow("flows", "scenarios", str(folder), "--scenarios", str(aside)).returncode == 0
    (folder / "collection.bpmn").write_bytes(b"<definitions/>")
    assert dunflow("flows", "scenarios", str(folder), "--scenarios", str(aside)).returncode == 1
