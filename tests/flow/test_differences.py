"""What differs between two releases, told element by element, row by row, field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from engine.flow.checks import release_files
from engine.flow.differences import Change, Difference, FileDifference, aligned, compare, read_sheets
from engine.installing import diagrams

FILES: Mapping[str, bytes] = release_files(diagrams())


def changed(name: str, *swaps: tuple[str, str]) -> FileDifference:
    """How the file differs from itself with these texts swapped, each found."""
    text = FILES[name].decode()
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    (found,) = compare(FILES, {**FILES, name: text.encode()})
    assert found.file == name
    return found


def only(found: FileDifference) -> Difference:
    (part,) = found.parts
    return part


def test_the_same_files_do_not_differ() -> None:
    assert compare(FILES, dict(FILES)) == []


def test_files_are_added_and_removed_with_all_their_parts() -> None:
    less = {name: source for name, source in FILES.items() if name != "forms/decide.json"}
    (gone,) = compare(FILES, less)
    (came,) = compare(less, FILES)
    assert (gone.kind, came.kind) == ("removed", "added")
    assert {part.kind for part in gone.parts} == {"removed"}
    assert [part.key for part in came.parts] == [part.key for part in gone.parts]
    assert "decision" in [part.key for part in came.parts]


@pytest.mark.parametrize(
    ("swap", "element", "change"),
    [
        (('name="Which tier now?"', 'name="Beyond?"'), "which_tier", ("name", "Which tier now?", "Beyond?")),
        ((">tier_ends_at()<", ">in_days(3)<"), "tier_ends", ("timer", "tier_ends_at()", "in_days(3)")),
        ((">case_tier<", ">tiers<"), "classify", ("table", "case_tier", "tiers")),
    ],
)
def test_a_change_of_an_element_names_what_it_was_and_is(
    swap: tuple[str, str], element: str, change: tuple[str, str, str]
) -> None:
    part = only(changed("collection.bpmn", swap))
    assert (part.key, part.kind, part.changes) == (element, "changed", (Change(*change),))


def test_a_condition_on_an_arrow_is_compared() -> None:
    text = FILES["collection.bpmn"].decode()
    found = re.search(r'<bpmn:sequenceFlow id="(\w+)"[^>]*>(?:(?!</bpmn:sequenceFlow>).)*<bpmn:conditionExpression[^>]*>([^<]+)<', text, re.S)  # fmt: skip # noqa: E501
    assert found
    part = only(changed("collection.bpmn", (f">{found[2]}<", ">days_past_due == 4<")))
    assert part.sort == "sequenceFlow"
    assert [change.what for change in part.changes] == ["condition"]
    assert part.changes[0].after == "days_past_due == 4"


def test_properties_roles_and_operators_are_compared() -> None:
    text = FILES["collection.bpmn"].decode()
    for name in ("role", "form", "case_status", "priority", "note_zh"):
        found = re.search(rf'name="{name}" value="([^"]+)"', text)
        assert found, name
        part = only(changed("collection.bpmn", (found[0], f'name="{name}" value="otherwise"')))
        assert part.changes == (Change(f"property:{name}", found[1], "otherwise"),)
    part = only(changed("collection.bpmn", ('serviceTaskOperator id="recall"', 'serviceTaskOperator id="unpark"')))
    assert part.changes == (Change("operator", "recall", "unpark"),)


def test_elements_come_and_go_and_arrows_turn() -> None:
    swap = ('<bpmn:endEvent id="case_closed"', '<bpmn:endEvent id="case_ended"')
    found = changed("collection.bpmn", swap)
    kinds = {part.key: part.kind for part in found.parts}
    assert (kinds["case_ended"], kinds["case_closed"]) == ("added", "removed")


def test_elements_that_were_only_moved_change_nothing_that_acts() -> None:
    text = FILES["collection.bpmn"].decode()
    shape = re.search(r'bpmnElement="classify"[^>]*>\s*<dc:Bounds ([^>]*)x="(\d+)"', text)
    assert shape
    found = changed("collection.bpmn", (shape[0], shape[0].replace(f'x="{shape[2]}"', 'x="7"')))
    assert (found.parts, found.moved, found.is_only_looks) == ((), ("classify",), True)


def test_another_layout_of_the_same_xml_is_only_looks() -> None:
    found = changed("collection.bpmn", ("<bpmn:outgoing>", "<bpmn:outgoing  >"))
    assert found.is_only_looks
    assert found.lines


def test_cells_of_a_row_are_compared_under_the_names_of_their_columns() -> None:
    part = only(changed("case_tier.dmn", ("&gt;= 91", "[91..180]")))
    assert (part.sort, part.label.zh) == ("row", "第 4 行")
    assert part.changes == (Change("cell:Days for the tier|等级天数", ">= 91", "[91..180]"),)


def test_a_new_row_is_one_difference_and_not_a_change_of_those_below() -> None:
    text = FILES["case_tier.dmn"].decode()
    row = re.search(r'<rule id="case_tier_m1">.*?</rule>', text, re.S)
    assert row
    new = row[0].replace("case_tier_m1", "case_tier_m0").replace("[1..30]", "[1..3]")
    part = only(changed("case_tier.dmn", (row[0], new + row[0])))
    assert (part.key, part.kind) == ("case_tier_m0", "added")


def test_a_row_written_anew_under_another_id_is_the_same_row() -> None:
    swaps = [("case_tier_m2", "DecisionRule_0x1")] * 5
    found = changed("case_tier.dmn", *swaps, ('"M2"', '"M2B"'))
    part = only(found)
    assert (part.kind, [change.after for change in part.changes]) == ("changed", ['"M2B"'])


def test_hit_policy_types_and_expressions_of_columns_are_compared() -> None:
    part = only(changed("case_tier.dmn", ("<text>tier_days()</text>", "<text>days_past_due</text>")))
    assert (part.sort, part.changes) == ("inputColumn", (Change("asks", "tier_days()", "days_past_due"),))
    part = only(changed("case_tier.dmn", ('typeRef="integer"', 'typeRef="number"')))
    assert part.changes == (Change("type", "integer", "number"),)
    part = only(changed("case_tier.dmn", ("<decisionTable ", '<decisionTable hitPolicy="FIRST" ')))
    assert part.changes == (Change("hit_policy", "UNIQUE", "FIRST"),)


def test_the_order_of_rows_counts_where_the_first_one_wins() -> None:
    def swapped(policy: str) -> list[Difference]:
        text = FILES["case_tier.dmn"].decode().replace("<decisionTable ", f'<decisionTable hitPolicy="{policy}" ')
        one, two = re.findall(r"<rule id.*?</rule>", text, re.S)[:2]
        after = text.replace(one, "§").replace(two, one).replace("§", two)
        return [part for each in compare({"t.dmn": text.encode()}, {"t.dmn": after.encode()}) for part in each.parts]

    assert [change.what for part in swapped("FIRST") for change in part.changes] == ["order"]
    assert swapped("UNIQUE") == []


def test_tables_are_laid_together_with_gone_rows_in_their_place() -> None:
    text = FILES["case_tier.dmn"].decode()
    row = re.search(r'<rule id="case_tier_m2">.*?</rule>', text, re.S)
    assert row
    old, new = (read_sheets(each.encode())["case_tier"] for each in (text, text.replace(row[0], "")))
    together = aligned(old, new)
    assert [each.kind for each in together.rows] == ["same", "removed", "same", "same"]
    assert {kind for _, kind in together.columns} == {"same"}


def test_fields_of_a_form_are_compared_by_key() -> None:
    form = json.loads(FILES["forms/follow_up.json"])
    fields = {field["key"]: field for field in form["components"]}
    fields["note"]["validate"]["maxLength"] = 99
    fields["result_code"]["values"] = fields["result_code"]["values"][1:]
    fields["promise_on"]["properties"]["show_if"] = "result_code == 'busy'"
    form["components"].append({"type": "textfield", "key": "agency", "label": "Agency"})
    (found,) = compare(FILES, {**FILES, "forms/follow_up.json": json.dumps(form).encode()})
    told = {part.key: (part.kind, [change.what for change in part.changes]) for part in found.parts}
    assert told["note"] == ("changed", ["rule:maxLength"])
    assert told["result_code"] == ("changed", ["option:no_answer"])
    assert told["promise_on"] == ("changed", ["property:show_if"])
    assert told["agency"][0] == "added"
    assert len(told) == 4


def test_fields_in_another_order_are_told_once() -> None:
    form = json.loads(FILES["forms/decide.json"])
    form["components"].reverse()
    (found,) = compare(FILES, {**FILES, "forms/decide.json": json.dumps(form).encode()})
    assert [change.what for change in only(found).changes] == ["order"]


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("wrong", [b"", b"\x00\xff", b"<", b"[1]", b"{", b"<a/>", b"[" * 100_000, b"x\n" * 50_000])
def test_nothing_that_is_sent_breaks_the_comparison(name: str, wrong: bytes) -> None:
    (found,) = compare(FILES, {**FILES, name: wrong})
    assert found.kind == "changed"
    (back,) = compare({**FILES, name: wrong}, FILES)
    assert back.lines
