"""Whatever a file holds, the check answers with findings: broken, hostile, foreign and strangely encoded files."""

from __future__ import annotations

import time

import pytest

from engine.flow.checks import check_file
from tests.flow.checking import FORM, TABLE, VOCABULARY, check, errors, line, person

PLAIN = line(person("work"), ids=("work",))
HEAD = b'<?xml version="1.0" encoding="UTF-8"?>'
_HIDDEN = "the machine's own secret"


def _with_doctype(declared: str, body: str = "&x;") -> bytes:
    text = PLAIN.decode().removeprefix(HEAD.decode()).replace("</bpmn:process>", f"{body}</bpmn:process>")
    return f"<?xml version='1.0'?><!DOCTYPE bpmn:definitions [{declared}]>{text}".encode()


def _laughs() -> bytes:
    lols = "".join(f'<!ENTITY l{n} "{"".join([f"&l{n - 1};"] * 10)}">' for n in range(1, 12))
    return _with_doctype(f'<!ENTITY l0 "lol">{lols}', "&l11;")


def _nested(depth: int) -> bytes:
    return HEAD + b"<a>" * depth + b"</a>" * depth


def _nested_subprocesses(depth: int) -> bytes:
    opened = "".join(f'<subProcess id="s{n}">' for n in range(depth))
    model = "http://www.omg.org/spec/BPMN/20100524/MODEL"
    inner = f'<process id="p" isExecutable="true">{opened}{"</subProcess>" * depth}</process>'
    return f'<definitions xmlns="{model}">{inner}</definitions>'.encode()


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "blank": b"   \n",
    "binary": bytes(range(256)) * 40,
    "zip": b"PK\x03\x04" + b"\x00" * 200,
    "plain text": "只是文字，不是图".encode(),
    "truncated": PLAIN[: len(PLAIN) // 2],
    "truncated in a tag": PLAIN[:-7],
    "nul bytes": PLAIN.replace(b"work", b"wo\x00rk"),
    "other document": b"<html><body>no</body></html>",
    "decision table in the wrong place": TABLE,
    "older version": b'<definitions xmlns="http://schema.omg.org/spec/BPMN/2.0"><process id="p"/></definitions>',
    "no namespace": b'<definitions><process id="p" isExecutable="true"/></definitions>',
    "wrong encoding declared": PLAIN.replace(b'"UTF-8"', b'"UTF-16"'),
    "unknown encoding declared": PLAIN.replace(b'"UTF-8"', b'"x-martian"'),
    "half of a character": PLAIN.replace(b"Do work", b"\xe4\xb8"),
    "billion laughs": _laughs(),
    "external entity": _with_doctype('<!ENTITY x SYSTEM "file:///etc/passwd">'),
    "parameter entity": _with_doctype('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;', ""),
    "document type alone": _with_doctype("", ""),
    "attribute entity": _with_doctype(f'<!ENTITY x "{_HIDDEN}">', '<bpmn:task id="t" name="&x;"/>'),
    "inclusion": PLAIN.replace(
        b"</bpmn:process>",
        b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/></bpmn:process>',
    ),
    "a hundred thousand levels": _nested(100_000),
    "two hundred subprocesses in each other": _nested_subprocesses(200),
    "a thousand subprocesses in each other": _nested_subprocesses(1_000),
    "huge attribute": PLAIN.replace(b'name="Do work"', b'name="' + b"x" * 12_000_000 + b'"'),
    "huge text": PLAIN.replace(b"</bpmn:process>", b"<!--" + b"y" * 5_000_000 + b"--></bpmn:process>"),
    "no process": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
    "nothing has an id": b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">'
    b'<process isExecutable="true">'
    b"<startEvent/><sequenceFlow/><userTask/><endEvent/><boundaryEvent/></process></definitions>",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_diagram_is_refused_quickly_and_in_words(name: str) -> None:
    began = time.monotonic()
    report = check(BROKEN[name])
    assert not report.runs
    assert errors(report)
    assert "check-failed" not in {finding.rule for finding in report.findings}
    assert time.monotonic() - began < 5
    for finding in report.findings:
        told = finding.as_dict("en"), finding.as_dict("zh")
        assert _HIDDEN not in str(told)
        assert "root:" not in str(told)


@pytest.mark.parametrize("name", [name for name in BROKEN if BROKEN[name] != TABLE])
@pytest.mark.parametrize("ending", ["dmn", "json"])
def test_the_same_bytes_as_table_or_form_are_refused_too(name: str, ending: str) -> None:
    report = check_file(f"forms/x.{ending}", BROKEN[name], VOCABULARY)
    assert not report.runs
    assert errors(report)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "GB18030", "Big5", "Shift_JIS", "ISO-2022-JP"])
def test_diagram_in_an_encoding_that_it_declares_runs(encoding: str) -> None:
    text = PLAIN.decode().replace('encoding="UTF-8"', f'encoding="{encoding}"').replace("Do work", "催收")
    assert check(text.encode(encoding)).runs


def test_byte_order_mark_and_comments_do_no_harm() -> None:
    assert check(b"\xef\xbb\xbf" + PLAIN).runs
    assert check(PLAIN.replace(b"<bpmn:endEvent", b"<!-- a --><?pi b?><bpmn:endEvent")).runs


def test_file_of_another_kind_is_said_to_be_none_of_a_release() -> None:
    report = check_file("notes.txt", b"hello", VOCABULARY)
    assert errors(report) == {("not-a-release-file", None)}
    assert not report.runs


def test_endings_are_read_whatever_their_case() -> None:
    assert check_file("DRAWN.BPMN", PLAIN, VOCABULARY).runs
    assert check_file("TIER.DMN", TABLE, VOCABULARY).runs
    assert check_file("FORM.JSON", FORM, VOCABULARY).runs


def test_diagram_with_more_elements_than_anybody_reads_is_refused_before_it_is_parsed() -> None:
    ids = tuple(f"t{number}" for number in range(400))
    report = check(line(*[person(id_) for id_ in ids], ids=ids))
    assert ("too-many-elements", "p") in errors(report)


def test_longest_line_that_is_accepted_is_also_compiled() -> None:
    ids = tuple(f"t{number}" for number in range(190))
    assert check(line(*[person(id_) for id_ in ids], ids=ids)).runs


def test_file_of_many_processes_is_checked_in_reasonable_time() -> None:
    model = "http://www.omg.org/spec/BPMN/20100524/MODEL"
    inner = '<startEvent id="s{0}"/><sequenceFlow id="f{0}" sourceRef="s{0}" targetRef="x"/>'
    process = f'<process id="p{{0}}" isExecutable="true">{inner}</process>'
    many = "".join(process.format(number) for number in range(8_000))
    began = time.monotonic()
    assert not check(f'<definitions xmlns="{model}">{many}</definitions>'.encode()).runs
    assert time.monotonic() - began < 10
