"""Releases: what compiling gives, what it refuses, and that threads share it without changing it."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.errors import DunflowError
from engine.flow.definitions import Release, ReleaseCache, ReleaseRefused, compile_release, content_hash
from engine.flow.specs import SpecChanged
from tests.flow import diagrams
from tests.flow.acts import Played, released
from tests.flow.drawing import (
    boundary,
    call,
    catch,
    document,
    end,
    error,
    message,
    messages,
    operator,
    path,
    process,
    start,
    subprocess,
    timer,
    user_task,
)
from tests.flow.picture import picture
from tests.flow.walking import Ours, Walk
from tests.flow.world import VOCABULARY

TABLE = diagrams.tier_table("[1..30]", "[31..60]", "[61..90]", ">= 91")


def small(*inner: str, ids: tuple[str, ...] = ()) -> bytes:
    return document(process(start(), *inner, end(), path("start", *ids, "end")), messages("go"))


def refused(**files: bytes) -> ReleaseRefused:
    with pytest.raises(ReleaseRefused) as caught:
        compile_release({name.replace("_", "."): source for name, source in files.items()}, VOCABULARY)
    assert all(finding.message.zh and finding.remedy.zh for finding in caught.value.findings)
    return caught.value


def test_elements_tell_kind_names_properties_and_place() -> None:
    properties = {"name_zh": "跟进", "name_en": "Follow up", "form": "follow_up", "role": "collector"}
    inside = subprocess(
        "work",
        start("w_start"),
        user_task("follow_up", properties=properties, name="Follow-up"),
        end("w_end"),
        path("w_start", "follow_up", "w_end"),
        properties={"case_status": "in_work"},
    )
    release = released(
        small(inside, boundary("cut", "work", message("go")), end("e2"), path("cut", "e2"), ids=("work",))
    )
    process_ = release.processes["p"]
    task = process_.elements["follow_up"]
    assert (task.kind, task.parent, task.process, task.properties["form"]) == ("userTask", "work", "p", "follow_up")
    assert (task.label("zh"), task.label("en"), task.label("zh_Hans_CN")) == ("跟进", "Follow up", "跟进")
    assert process_.elements["w_start"].label("zh") == "w_start"
    assert process_.elements["cut"].attached_to == "work"
    assert process_.elements["work"].parent is None
    assert process_.inherited("follow_up", "case_status") == "in_work"
    assert process_.inherited("follow_up", "role") == "collector"
    assert process_.inherited("end", "case_status") is None
    arrows = {(flow.source, flow.target) for flow in process_.sequence_flows}
    assert arrows >= {("start", "work"), ("follow_up", "w_end"), ("cut", "e2")}
    assert release.elements["follow_up"] is task


def test_a_release_holds_tables_and_forms_beside_processes() -> None:
    form = {"components": [{"type": "textfield", "key": "note"}]}
    files = {
        "collection.bpmn": diagrams.collection(decided=True),
        "case_tier.dmn": TABLE,
        "forms/follow_up.json": json.dumps(form).encode(),
        "README.md": b"# not ours to read",
    }
    release = compile_release(files, VOCABULARY, key="r1")
    assert release.key == "r1"
    assert set(release.processes) == {"p"}
    assert set(release.tables) == {"case_tier"}
    assert release.forms == {"follow_up": form}
    assert release.processes["p"].source == files["collection.bpmn"]
    assert release.processes["p"].file == "collection.bpmn"


def test_a_process_may_call_one_of_another_file() -> None:
    caller = small(call("use", "helper"), ids=("use",))
    helper = document(
        process(start("hs"), user_task("ask"), end("he"), path("hs", "ask", "he"), id_="helper"),
    )
    release = compile_release({"a.bpmn": caller, "b.bpmn": helper}, VOCABULARY)
    assert Played(release).begin().ready == ["ask"]
    assert release.processes["p"].elements["use"].called == "helper"
    assert release.processes["helper"].file == "b.bpmn"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"not xml",
        b"<a>",
        b"\x00\x01\x02",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        diagrams.collection()[:900],
    ],
)
def test_files_that_cannot_be_read_are_refused_with_a_finding(broken: bytes) -> None:
    assert refused(p_bpmn=broken).findings[0].is_error


@pytest.mark.parametrize(
    ("drawn", "element"),
    [
        (small(catch("wait", timer("")), ids=("wait",)), "wait"),
        (small(catch("wait", timer("x").replace("timeDate", "timeDuration")), ids=("wait",)), "wait"),
        (small(catch("wait", timer("x").replace("timeDate", "timeCycle")), ids=("wait",)), "wait"),
        (small('<bpmn:scriptTask id="py"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>', ids=("py",)), "py"),
        (small('<bpmn:serviceTask id="none"/>', ids=("none",)), "none"),
        (small('<bpmn:businessRuleTask id="none"/>', ids=("none",)), "none"),
        (small(call("use", "nowhere"), ids=("use",)), None),
        (small(catch("hear", message("unknown")), ids=("hear",)), "hear"),
        (small(user_task("one"), boundary("odd", "one", ""), ids=("one",)), "odd"),
        (small(end("failed", error("unknown"))).replace(b'targetRef="end"', b'targetRef="failed"'), "failed"),
    ],
)
def test_what_cannot_be_compiled_is_refused_with_the_element(drawn: bytes, element: str | None) -> None:
    finding = refused(p_bpmn=drawn).findings[0]
    assert finding.is_error
    assert element is None or finding.element == element


def test_scripts_before_and_after_tasks_do_not_run() -> None:
    drawn = small(user_task("one"), ids=("one",)).replace(
        b'<bpmn:userTask id="one">',
        b'<bpmn:userTask id="one"><bpmn:extensionElements><spiffworkflow:preScript>x = 1</spiffworkflow:preScript>'
        b"</bpmn:extensionElements>",
    )
    assert refused(p_bpmn=drawn).findings[0].rule == "script"


def test_a_file_without_an_executable_process_is_refused() -> None:
    drawn = document(process(start(), end(), path("start", "end"), executable=False))
    assert refused(p_bpmn=drawn).findings[0].rule == "no-executable-process"


def test_one_process_id_in_two_files_is_refused() -> None:
    assert refused(a_bpmn=small(), b_bpmn=small()).findings[0].is_error


def test_one_table_id_in_two_files_is_refused() -> None:
    assert refused(a_dmn=TABLE, b_dmn=TABLE).findings[0].rule == "duplicate-table"


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b"\xff\xfe{", b"[" * 100_000])
def test_forms_that_are_no_json_objects_are_refused(broken: bytes) -> None:
    assert refused(f_json=broken).findings[0].rule == "unreadable-file"


def test_comments_and_foreign_extensions_do_no_harm() -> None:
    drawn = small(user_task("one"), operator("two", "note"), ids=("one", "two"))
    drawn = drawn.replace(b"<bpmn:userTask", b"<!-- a note --><?pi x?><bpmn:userTask")
    drawn = drawn.replace(b'operator id="note">', b'operator id="note"><!-- inside -->')
    assert Played(released(drawn)).begin().ready == ["one"]


def test_other_encodings_are_read() -> None:
    drawn = small(user_task("one", name="跟进"), ids=("one",)).decode()
    for encoding in ("utf-16", "gb18030"):
        source = drawn.replace("UTF-8", encoding).encode(encoding)
        assert released(source).elements["one"].name == "跟进"


def test_the_hash_of_content_is_that_of_its_bytes() -> None:
    assert content_hash(b"a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert content_hash(b"a") != content_hash(b"b")


def test_a_compiled_spec_refuses_to_change() -> None:
    process_ = released(small(user_task("one"), ids=("one",))).processes["p"]
    spec, before = process_.spec.task_specs["one"], picture(process_.scopes)
    with pytest.raises(SpecChanged, match="lane of one"):
        spec.lane = "other"
    with pytest.raises(AttributeError):
        spec._outputs.append("end")
    assert picture(process_.scopes) == before
    spec.completed_event.connect(print)
    assert picture(process_.scopes) != before


@pytest.mark.parametrize("name", diagrams.ALL)
def test_threads_share_specs_unchanged(name: str) -> None:
    release = released(diagrams.ALL[name](), t_dmn=TABLE)
    scopes = release.processes["p"].scopes
    before = picture(scopes)

    def walk(seed: int) -> int:
        steps = Walk((Ours(release),), seed=seed, rare=frozenset({"settled", "close", "stop"}))
        return sum(len(seen.waits) + len(seen.ready) for seen in (steps.step() for _ in range(25)))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(walk, range(8)))
    assert picture(scopes) == before


def test_a_cache_loads_each_release_once_and_forgets_the_oldest() -> None:
    loads: list[int] = []

    def loader(key: int) -> Release:
        loads.append(key)
        time.sleep(0.02)
        return released(small())

    cache = ReleaseCache(size=2)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache.get(1, lambda: loader(1)), range(8)))
    assert loads == [1]
    assert all(one is found[0] for one in found)
    for key in (2, 1, 3, 1, 2):
        cache.get(key, lambda: loader(key))  # noqa: B023 - called at once
    assert loads == [1, 2, 3, 2]


def test_a_loader_that_fails_may_be_tried_again() -> None:
    cache = ReleaseCache()

    def fails() -> Release:
        raise DunflowError

    with pytest.raises(DunflowError):
        cache.get(1, fails)
    found = ThreadPoolExecutor(1).submit(cache.get, 1, lambda: released(small()))
    assert found.result(timeout=5).processes
