"""Files side by side: what one names another must hold, nothing exists twice, and what nothing uses is pointed out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.flow.checks import PathUnreadable, all_run, check_paths, check_release
from engine.lifecycle import vocabulary as of_the_domain
from tests.flow.checking import FORM, PERSON, TABLE, VOCABULARY, check, check_all, errors, line, person, warnings
from tests.flow.drawing import call, catch, decision, document, end, message, messages, path, process, start, user_task

_FLOWS = Path(__file__).parents[2] / "bpmn"
_CALLED = document(process(start("s2"), person("there"), end("e2"), path("s2", "there", "e2"), id_="called"))


def test_shipped_release_runs_without_an_error() -> None:
    reports = check_paths([_FLOWS], of_the_domain())
    assert {report.file for report in reports} >= {str(_FLOWS / "collection.bpmn"), str(_FLOWS / "case_tier.dmn")}
    assert {report.file: report.errors for report in reports if report.errors} == {}
    assert all_run(reports)


@pytest.mark.parametrize("path_", sorted(_FLOWS.rglob("*.bpmn")), ids=lambda path_: path_.name)
def test_shipped_diagram_runs_by_itself_too(path_: Path) -> None:
    assert all_run(check_paths([path_], of_the_domain()))


def test_what_lies_elsewhere_is_a_warning_alone_and_an_error_in_a_release() -> None:
    source = line(person("ask"), decision("rule", "tier"), call("go", "called"), ids=("ask", "rule", "go"))
    missing = {("unknown-form", "ask"), ("unknown-table", "rule"), ("unknown-process", "go")}
    assert missing <= warnings(check(source))
    assert check(source).runs
    assert missing <= errors(check_all(main_bpmn=source)["main.bpmn"])
    whole = check_all(main_bpmn=source, forms__follow_up_json=FORM, tier_dmn=TABLE, other_bpmn=_CALLED)
    assert {name: errors(report) for name, report in whole.items() if not report.runs} == {}


def test_message_that_nobody_delivers_is_a_warning_alone_and_an_error_in_a_release() -> None:
    process_ = process(start(), catch("hear", message("gossip")), end(), path("start", "hear", "end"))
    source = document(process_, messages("gossip"))
    assert ("unknown-message", "hear") in warnings(check(source))
    assert ("unknown-message", "hear") in errors(check_all(main_bpmn=source)["main.bpmn"])


def test_user_task_without_a_role_is_a_warning_alone_and_an_error_in_a_release() -> None:
    source = line(user_task("work", name="Work"), ids=("work",))
    assert ("no-role", "work") in warnings(check(source))
    assert ("no-role", "work") in errors(check_all(main_bpmn=source)["main.bpmn"])


def test_ids_are_unique_across_a_release() -> None:
    one = line(person("ask"), ids=("ask",))
    other = document(process(start("s2"), person("ask"), end("e2"), path("s2", "ask", "e2"), id_="q"))
    found = check_all(one_bpmn=one, other_bpmn=other, forms__follow_up_json=FORM)
    for name in ("one.bpmn", "other.bpmn"):
        assert errors(found[name]) == {("duplicate-across-files", "ask")}
        assert not found[name].runs


def test_processes_tables_and_forms_exist_once() -> None:
    source = line(person("ask"), ids=("ask",))
    found = check_all(
        one_bpmn=source, two_bpmn=source, one_dmn=TABLE, two_dmn=TABLE, forms__a_json=FORM, forms__b__a_json=FORM
    )
    assert ("duplicate-process", "p") in errors(found["one.bpmn"])
    assert ("duplicate-table", "tier") in errors(found["two.dmn"])
    assert ("duplicate-form", "a") in errors(found["forms/b/a.json"])


def test_what_nothing_uses_is_pointed_out() -> None:
    source = document(process(start(), end(), path("start", "end")), messages("suspend"))
    found = check_all(main_bpmn=source, tier_dmn=TABLE, forms__follow_up_json=FORM)
    assert ("unused-table", "tier") in warnings(found["tier.dmn"])
    assert ("unused-form", "follow_up") in warnings(found["forms/follow_up.json"])
    assert ("unused-declaration", "m_suspend") in warnings(found["main.bpmn"])
    assert all_run(list(found.values()))


def test_processes_that_call_each_other_are_refused() -> None:
    def calling(id_: str, other: str) -> bytes:
        ids = [f"{id_}_start", f"{id_}_call", f"{id_}_end"]
        return document(process(start(ids[0]), call(ids[1], other), end(ids[2]), path(*ids), id_=id_))

    found = check_all(a_bpmn=calling("a", "b"), b_bpmn=calling("b", "a"))
    assert ("calls-itself", "a_call") in errors(found["a.bpmn"])
    assert ("calls-itself", "b_call") in errors(found["b.bpmn"])


def test_one_bad_diagram_does_not_hide_that_the_others_run() -> None:
    bad = document(process(person("lost", ""), id_="q"))
    found = check_all(main_bpmn=line(person("ask"), ids=("ask",)), bad_bpmn=bad, forms__follow_up_json=FORM)
    assert found["main.bpmn"].runs
    assert not found["bad.bpmn"].runs


def test_names_in_both_languages_are_wanted_in_a_release_only() -> None:
    source = line(user_task("work", properties=PERSON, name="Work"), ids=("work",))
    whole = check_all(main_bpmn=source, forms__follow_up_json=FORM)["main.bpmn"]
    assert ("untranslated", "work") in warnings(whole)
    assert ("untranslated", "work") not in warnings(check(source))
    both = line(user_task("work", properties={**PERSON, "name_zh": "办理"}, name="Work"), ids=("work",))
    assert ("untranslated", "work") not in warnings(check_all(main_bpmn=both, forms__follow_up_json=FORM)["main.bpmn"])


def test_folder_is_a_release_and_a_file_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "main.bpmn").write_bytes(line(person("ask"), ids=("ask",)))
    (tmp_path / "forms" / "follow_up.json").write_bytes(FORM)
    (tmp_path / "README.md").write_text("how to read it")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "scenarios" / "a.yaml").write_text("given: {}")
    reports = check_paths([tmp_path], VOCABULARY)
    assert [report.file for report in reports] == [
        str(tmp_path / "forms" / "follow_up.json"),
        str(tmp_path / "main.bpmn"),
    ]
    assert all_run(reports)
    alone = check_paths([tmp_path / "main.bpmn", tmp_path / "README.md"], VOCABULARY)
    assert [report.runs for report in alone] == [True, False]
    assert ("unknown-form", "ask") in warnings(alone[0])


def test_empty_folder_is_an_error_and_a_missing_path_wrong_use(tmp_path: Path) -> None:
    [report] = check_paths([tmp_path], VOCABULARY)
    assert errors(report) == {("empty-release", None)}
    assert not report.runs
    with pytest.raises(PathUnreadable, match="nowhere"):
        check_paths([tmp_path / "nowhere.bpmn"], VOCABULARY)


def test_pipe_or_device_is_no_file_and_a_folder_that_holds_one_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "a.bpmn"
    os.mkfifo(pipe)
    endless = tmp_path / "zero.bpmn"
    endless.symlink_to("/dev/zero")
    for odd in (pipe, endless, tmp_path):
        with pytest.raises(PathUnreadable, match="no ordinary file"):
            check_paths([odd], VOCABULARY)


@pytest.mark.parametrize("name", ["a" * 5_000, "loop.bpmn", "gone.bpmn"])
def test_name_that_leads_nowhere_is_wrong_use(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.bpmn").symlink_to("loop.bpmn")
    (tmp_path / "gone.bpmn").symlink_to(tmp_path / "nowhere")
    with pytest.raises(PathUnreadable):
        check_paths([tmp_path / name], VOCABULARY)
    with pytest.raises(PathUnreadable):
        check_paths([tmp_path], VOCABULARY)


def test_of_a_huge_file_no_more_is_read_than_tells_that_it_is_too_large(tmp_path: Path) -> None:
    huge = tmp_path / "huge.bpmn"
    with huge.open("wb") as opened:
        opened.truncate(50_000_000_000)
    [report] = check_paths([huge], VOCABULARY)
    assert errors(report) == {("xml-too-large", None)}


def test_nothing_to_check_does_not_count_as_running() -> None:
    assert check_release({}, VOCABULARY) == []
    assert not all_run([])
