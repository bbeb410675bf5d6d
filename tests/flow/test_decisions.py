"""Decision tables: reading DMN, deciding, the next boundary, and the proof of completeness."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.decisions import (
    BoundaryUnknown,
    InputUnusable,
    NoRuleMatches,
    SeveralRulesMatch,
    Table,
    analyse,
    read_tables,
)
from engine.flow.findings import Finding
from tests.flow.words import FUNCTIONS, VOCABULARY, column, properties, table

DAYS = column("days_past_due", "integer", ">= 1", 2)
TIERS = [
    (("-", "[1..30]"), ('"M1"', "1")),
    (("-", "[31..60]"), ('"M2"', "2")),
    (("-", "[61..90]"), ('"M3"', "3")),
    (("-", ">= 91"), ('"M4"', "4")),
]
RESULTS = (("tier", "string"), ("rank", "integer"))


def read(source: bytes) -> Table:
    tables, findings = read_tables(source, VOCABULARY, "case_tier.dmn", ["limit", "amount", "customer_id"])
    assert findings == []
    return tables["case_tier"]


def tiers(*rows: tuple[tuple[str, ...], tuple[str, ...]]) -> Table:
    """The usual tiers, with rows of some products of their own."""
    product = column("product", "string", number=1, fallback="true")
    return read(table([product, DAYS], [*TIERS, *rows], outputs=RESULTS))


def days(*cells: str, kind: str = "integer", values: str = "", policy: str = "UNIQUE") -> Table:
    rows = [((cell,), (f'"{number}"',)) for number, cell in enumerate(cells, 1)]
    return read(table([column("days_past_due", kind, values)], rows, policy=policy))


def seen(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


def refused(source: bytes) -> list[str]:
    tables, findings = read_tables(source, VOCABULARY, "x.dmn")
    assert tables == {}
    return [finding.rule for finding in findings if finding.is_error]


# -- deciding


def test_a_table_decides_and_says_by_which_row_from_which_inputs() -> None:
    decision = tiers().decide({"product": "card", "days_past_due": 45}, FUNCTIONS)
    assert decision.table_id == "case_tier"
    assert decision.rule_ids == ("rule_2",)
    assert decision.inputs == {"product": "card", "days_past_due": 45}
    assert decision.outputs == {"tier": "M2", "rank": 2}


@pytest.mark.parametrize(("product", "tier"), [("card", "M9"), ("loan", "M1"), ("other", "M1"), (None, "M1")])
def test_fallback_rows_apply_only_to_products_that_no_row_names(product: str | None, tier: str) -> None:
    ours = tiers((('"card"', ">= 1"), ('"M9"', "9")), (('"loan"', "[1..30]"), ('"M1"', "1")))
    assert ours.decide({"product": product, "days_past_due": 5}, FUNCTIONS).outputs["tier"] == tier  # type: ignore[call-overload]


def test_a_product_with_rows_of_its_own_never_falls_back() -> None:
    ours = tiers((('"loan"', "[1..30]"), ('"M1"', "1")))
    with pytest.raises(NoRuleMatches):
        ours.decide({"product": "loan", "days_past_due": 31}, FUNCTIONS)
    assert seen(analyse(ours)) == [("dmn-gap", "error")]


def test_no_rule_is_an_error_that_names_table_and_inputs() -> None:
    with pytest.raises(NoRuleMatches, match="case_tier applies to product = 'card', days_past_due = 0"):
        tiers().decide({"product": "card", "days_past_due": 0}, FUNCTIONS)


def test_several_rules_are_an_error_that_names_them() -> None:
    with pytest.raises(SeveralRulesMatch, match="Rules 1, 2 of the table case_tier all apply to days_past_due = 30"):
        days("[1..30]", "[30..60]").decide({"days_past_due": 30}, FUNCTIONS)


def test_first_takes_the_first_row() -> None:
    ours = days("> 5", "-", policy="FIRST")
    assert ours.decide({"days_past_due": 6}, FUNCTIONS).rule_ids == ("rule_1",)
    assert ours.decide({"days_past_due": 5}, FUNCTIONS).rule_ids == ("rule_2",)


def test_collect_takes_all_rows_in_order_or_none() -> None:
    ours = days("> 5", "-", "> 7", policy="COLLECT")
    assert ours.decide({"days_past_due": 6}, FUNCTIONS).outputs == [{"tier": "1"}, {"tier": "2"}]
    assert days("> 5", policy="COLLECT").decide({"days_past_due": 1}, FUNCTIONS).outputs == []
    assert analyse(ours) == []


def test_a_value_of_another_type_is_refused_by_name() -> None:
    with pytest.raises(InputUnusable, match="days_past_due = 'five': it must be a whole number, but is a text"):
        tiers().decide({"product": "card", "days_past_due": "five"}, FUNCTIONS)


def test_whole_decimals_count_as_whole_numbers() -> None:
    assert tiers().decide({"product": "card", "days_past_due": Decimal("31.0")}, FUNCTIONS).rule_ids == ("rule_2",)


def test_cells_and_outputs_may_name_inputs_facts_and_functions() -> None:
    columns = [column("amount", "number"), column("limit", "number", number=2)]
    rows = [(("> limit", "-"), ("amount - limit",)), (("<= limit", "-"), ("0",))]
    ours = read(table(columns, rows, outputs=(("over", "number"),)))
    assert ours.decide({"amount": Decimal("10.5"), "limit": 8}, FUNCTIONS).outputs == {"over": Decimal("2.5")}
    assert ours.decide({"amount": 8, "limit": 8}, FUNCTIONS).outputs == {"over": 0}
    assert seen(analyse(ours)) == [("dmn-unchecked", "warning")]


def test_dates_decide() -> None:
    ours = read(
        table(
            [column("today()", "date")], [(('< date("2026-06-01")',), ('"a"',)), (('>= date("2026-06-01")',), ('"b"',))]
        )
    )
    decision = ours.decide({}, FUNCTIONS)
    assert (decision.inputs, decision.outputs) == ({"today": dt.date(2026, 3, 2)}, {"tier": "a"})
    assert analyse(ours) == []


def test_threads_share_a_table() -> None:
    ours, answers = tiers(), []

    def work() -> None:
        for day in range(1, 120):
            answers.append(ours.decide({"product": "card", "days_past_due": day}, FUNCTIONS).rule_ids)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {rule: answers.count((rule,)) for rule in ("rule_1", "rule_2", "rule_3", "rule_4")} == {
        "rule_1": 240,
        "rule_2": 240,
        "rule_3": 240,
        "rule_4": 232,
    }


# -- the next boundary


@pytest.mark.parametrize(
    ("day", "boundary"), [(0, 1), (1, 31), (30, 31), (31, 61), (60, 61), (61, 91), (90, 91), (91, None)]
)
def test_the_day_on_which_the_next_tier_begins(day: int, boundary: int | None) -> None:
    assert tiers().next_boundary({"product": "card", "days_past_due": day}, "days_past_due", FUNCTIONS) == boundary


def test_the_next_boundary_is_that_of_the_product() -> None:
    ours = tiers((('"card"', "[1..10]"), ('"M1"', "1")), (('"card"', "> 10.5"), ('"M2"', "2")))
    assert ours.next_boundary({"product": "card", "days_past_due": 3}, "days_past_due", FUNCTIONS) == 11
    assert ours.next_boundary({"product": "card", "days_past_due": 11}, "days_past_due", FUNCTIONS) is None
    assert ours.next_boundary({"product": "loan", "days_past_due": 3}, "days_past_due", FUNCTIONS) == 31


def test_a_boundary_given_by_data_is_found() -> None:
    columns = [column("days_past_due"), column("limit", number=2)]
    ours = read(table(columns, [(("<= limit + 2", "-"), ('"a"',)), (("> limit + 2", "-"), ('"b"',))]))
    assert ours.next_boundary({"days_past_due": 1, "limit": 40}, "days_past_due", FUNCTIONS) == 43


def test_a_boundary_that_a_condition_hides_is_not_guessed() -> None:
    with pytest.raises(BoundaryUnknown, match="rule 1 says"):
        days("? % 2 = 0", "? % 2 = 1").next_boundary({"days_past_due": 1}, "days_past_due", FUNCTIONS)
    with pytest.raises(BoundaryUnknown, match="no whole number"):
        days("-").next_boundary({"days_past_due": 1}, "nothing", FUNCTIONS)


_starts = st.lists(st.integers(1, 200), min_size=1, max_size=8, unique=True).map(sorted)


@settings(deadline=None)
@given(_starts, st.integers(0, 210))
def test_the_next_boundary_is_what_counting_day_by_day_finds(starts: list[int], day: int) -> None:
    cells = [f"[{a}..{b})" for a, b in itertools.pairwise(starts)] + [f">= {starts[-1]}"]
    ours = days(*cells, policy="COLLECT")

    def rules(at: int) -> tuple[str, ...]:
        return ours.decide({"days_past_due": at}, {}).rule_ids

    counted = next((at for at in range(day + 1, 212) if rules(at) != rules(day)), None)
    assert ours.next_boundary({"days_past_due": day}, "days_past_due", {}) == counted


# -- gaps, overlaps, rules that never apply


def test_the_usual_tiers_are_complete() -> None:
    assert analyse(tiers()) == []


def test_a_gap_between_rows_is_an_error_with_its_stretch_and_an_example() -> None:
    (finding,) = analyse(days("[1..30]", ">= 61", values=">= 1"))
    assert (finding.rule, finding.severity, finding.element) == ("dmn-gap", "error", "case_tier")
    assert "days_past_due [31..60]; for example days_past_due = 31" in finding.message.en
    assert "例如 days_past_due = 31" in finding.message.zh


def test_values_that_nobody_named_are_only_a_warning() -> None:
    (finding,) = analyse(days("[1..30]", "[31..60]"))
    assert (finding.rule, finding.severity) == ("dmn-gap", "warning")
    assert "<= 0, >= 61" in finding.message.en


def test_whole_numbers_have_no_gap_below_one_and_fractions_have() -> None:
    assert analyse(days("[1..30]", "[31..60]", values="[1..60]")) == []
    (finding,) = analyse(days("[1..30]", "[31..60]", kind="number", values="[1..60]"))
    assert "(30..31); for example days_past_due = 30.5" in finding.message.en


def test_an_overlap_names_both_rules_and_an_example() -> None:
    (finding,) = analyse(days("[1..30]", "[30..60]", values="[1..60]"))
    assert (finding.rule, finding.severity, finding.element) == ("dmn-overlap", "error", "rule_2")
    assert "rules 1 and 2 both apply; for example for days_past_due = 30" in finding.message.en


def test_texts_are_checked_by_name_and_the_rest() -> None:
    names = [column("product", "string")]
    covered = [(('"card","loan"',), ('"a"',)), (('not("card","loan")',), ('"b"',))]
    assert analyse(read(table(names, covered))) == []
    assert seen(analyse(read(table(names, covered[:1])))) == [("dmn-gap", "warning")]
    stated = [column("product", "string", '"card","loan","cash"')]
    (finding,) = analyse(read(table(stated, covered[:1])))
    assert finding.severity == "error"
    assert 'product "cash"' in finding.message.en


def test_yes_and_no_are_all_there_is() -> None:
    flag = [column("amount", "boolean")]
    assert analyse(read(table(flag, [(("true",), ('"a"',)), (("false",), ('"b"',))]))) == []
    (finding,) = analyse(read(table(flag, [(("true",), ('"a"',))])))
    assert "amount false" in finding.message.en


def test_dates_are_checked_day_by_day() -> None:
    cells = ('[date("2026-01-01")..date("2026-01-31")]', '>= date("2026-02-02")')
    ours = read(table([column("today()", "date", '>= date("2026-01-01")')], [((cell,), ('"x"',)) for cell in cells]))
    (finding,) = analyse(ours)
    assert 'for example today = date("2026-02-01")' in finding.message.en


def test_instants_are_checked_without_holes() -> None:
    noon = 'date and time("2026-01-01T12:00:00Z")'
    moment = [column("limit", "dateTime")]
    assert analyse(read(table(moment, [((f"< {noon}",), ('"a"',)), ((f">= {noon}",), ('"b"',))]))) == []
    (finding,) = analyse(read(table(moment, [((f"< {noon}",), ('"a"',)), ((f"> {noon}",), ('"b"',))])))
    assert (finding.rule, finding.severity) == ("dmn-gap", "error")


def test_an_untyped_column_is_warned_of_rather_than_refused() -> None:
    (finding,) = analyse(days("1 <= ? <= 30", "31 <= ? <= 60", kind=""))
    assert (finding.rule, finding.severity) == ("dmn-gap", "warning")


def test_a_rule_under_first_that_others_forestall_is_told() -> None:
    findings = analyse(days("< 10", "[3..5]", "-", policy="FIRST"))
    assert [(finding.rule, finding.element) for finding in findings] == [("dmn-unreached", "rule_2")]


def test_a_rule_outside_the_allowed_values_is_told() -> None:
    ours = read(table([column("product", "string", '"card","loan"')], [(('"crad"',), ('"a"',)), (("-",), ('"b"',))]))
    assert [(finding.rule, finding.element) for finding in analyse(ours)] == [("dmn-dead-rule", "rule_1")]


def test_cells_on_other_data_hide_neither_certain_gaps_nor_certain_overlaps() -> None:
    columns = [column("days_past_due", "integer", ">= 1"), column("limit", number=2)]
    rows = [(("[1..9]", "-"), ('"a"',)), (("[9..20]", "-"), ('"b"',)), (("[21..30], > limit + 30", "-"), ('"c"',))]
    found = seen(analyse(read(table(columns, rows))))
    assert found == [("dmn-unchecked", "warning"), ("dmn-overlap", "error")]


def _told(findings: list[Finding]) -> list[str]:
    return [finding.message.en for finding in findings if finding.rule == "dmn-unchecked"]


def test_a_table_with_too_many_values_to_try_says_so_at_once() -> None:
    columns = [column("days_past_due"), column("limit", number=2)]
    ours = read(table(columns, [((f"[{n * 10}..{n * 10 + 9}]", f"> {n}"), ('"x"',)) for n in range(1_000)]))
    assert _told(analyse(ours)) == [
        "case_tier: gaps and overlaps were checked only in part, because there are too many combinations."
    ]


def test_a_search_with_too_many_paths_says_so_and_ends() -> None:
    columns = [column(f"max({n}, limit)", "integer", number=n) for n in range(1, 21)]
    rows = [(["-"] * n + ["< 5"] + ["-"] * (19 - n), ('"x"',)) for n in range(20)]
    rows += [(["-"] * n + [">= 5"] + ["-"] * (18 - n) + [f"> {n}"], ('"y"',)) for n in range(19)]
    ours = read(table(columns, rows, policy="FIRST"))
    assert len(_told(analyse(ours))) == 1


_interval = st.tuples(st.integers(0, 200), st.integers(0, 60), st.sampled_from(["[]", "[)", "(]", "()"]))


def _cell(low: int, length: int, ends: str) -> str:
    return f"{ends[0]}{low}..{low + length + 1}{ends[1]}"


@settings(deadline=None, max_examples=150)
@given(st.lists(_interval, min_size=1, max_size=7))
def test_gaps_and_overlaps_are_found_exactly_when_counting_finds_them(intervals: list[tuple[int, int, str]]) -> None:
    ours = days(*[_cell(*interval) for interval in intervals], values="[0..200]")
    counts = [sum(rule.cells[0].matches(value, {}, {}) for rule in ours.rules) for value in range(201)]
    rules = {rule for rule, severity in seen(analyse(ours)) if severity == "error"}
    assert ("dmn-gap" in rules) == (0 in counts)
    assert ("dmn-overlap" in rules) == any(count > 1 for count in counts)


_cells_of_two = st.tuples(
    st.sampled_from(["-", '"a"', '"b"', 'not("a")', '"a","b"']),
    st.sampled_from(["-", "< 5", "[3..7]", ">= 5", "5", "not(5)"]),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_cells_of_two, min_size=1, max_size=6), st.booleans())
def test_two_inputs_with_and_without_fallback_agree_with_trying_everything(
    rows: list[tuple[str, str]], is_fallback: bool
) -> None:
    extra = {"fallback": "true"} if is_fallback else {}
    columns = [column("product", "string", '"a","b","c"', 1, **extra), column("days_past_due", "integer", "[0..9]", 2)]
    ours = read(table(columns, [(row, ('"x"',)) for row in rows]))
    outcomes = set()
    for product in "abc":
        for day in range(10):
            try:
                ours.decide({"product": product, "days_past_due": day}, {})
            except (NoRuleMatches, SeveralRulesMatch) as error:
                outcomes.add({"NoRuleMatches": "dmn-gap", "SeveralRulesMatch": "dmn-overlap"}[error.code])
    assert {rule for rule, severity in seen(analyse(ours)) if severity == "error"} - {"dmn-more"} == outcomes


# -- reading DMN


def test_names_and_labels_come_in_both_languages() -> None:
    source = table([DAYS], [(("-",), ('"a"',))]).replace(
        b'name="Tiers">', b'name="Tiers">' + properties({"name_zh": "案件分类", "name_en": "Case tiers"}).encode()
    )
    ours = read(source)
    assert (ours.label("zh"), ours.label("en_GB"), ours.label("fr")) == ("案件分类", "Case tiers", "Tiers")
    assert ours.rules[0].annotation == "row 1"


@pytest.mark.parametrize("version", ["20151101/dmn.xsd", "20180521/MODEL/", "20191111/MODEL/", "20211108/MODEL/"])
def test_all_versions_of_dmn_are_read(version: str) -> None:
    source = table([DAYS], [(("-",), ('"a"',))]).replace(b"20191111/MODEL/", version.encode())
    assert read(source).rules[0].id == "rule_1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "utf-8-sig"])
def test_any_encoding_is_read(encoding: str) -> None:
    text = table([column("product", "string")], [(('"信用卡"',), ('"a"',))], policy="COLLECT").decode()
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    ours = read(text.replace("UTF-8", declared).encode(encoding))
    assert ours.decide({"product": "信用卡"}, {}).rule_ids == ("rule_1",)


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"", "xml-unreadable"),
        (b"\x00\x01\x02", "xml-unreadable"),
        (b"<definitions/>", "dmn-not-dmn"),
        (b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>', "dmn-no-decision"),
        (table([DAYS], [(("-",), ('"a"',))])[:-30], "xml-unreadable"),
        (table([DAYS], [(("-",), ('"信用卡"',))]).decode().encode("gb18030"), "xml-unreadable"),
        (table([DAYS], []), "dmn-no-rules"),
        (table([DAYS], [(("-", "-"), ('"a"',))]), "dmn-rule-width"),
        (table([DAYS], [(("-",), ('"a"',))], outputs=()), "dmn-no-outputs"),
        (table([DAYS], [(("-",), ('"a"',))], policy="PRIORITY"), "dmn-hit-policy"),
        (table([DAYS], [(("-",), ('"a"',))], policy='COLLECT" aggregation="SUM'), "dmn-hit-policy"),
        (table([DAYS], [(("-",), ('"a"',))], outputs=(("today", "string"),)), "dmn-output-name"),
        (table([DAYS], [(("-",), ('"a"',))], outputs=(("eval", "string"),)), "dmn-output-name"),
        (table([DAYS], [(("-",), ('"a"',))], outputs=(("a b", "string"),)), "dmn-output-name"),
        (table([DAYS], [(("-",), ('"a"',))], outputs=(("tier", "tFancy"),)), "dmn-type"),
        (table([DAYS, DAYS.replace("input_2", "x")], [(("-", "-"), ('"a"',))]), "dmn-input-name"),
        (table([column("", "integer")], [(("-",), ('"a"',))]), "dmn-input-expression"),
        (table([column("a.b", "integer")], [(("-",), ('"a"',))]), "dmn-expression"),
        (table([column("limit", "integer", '"x"')], [(("-",), ('"a"',))]), "dmn-values"),
        (table([DAYS], [(("x",), ('"a"',))]), "dmn-cell"),
        (table([DAYS], [(("-",), ("M1",))]), "dmn-cell"),
        (table([column("product", fallback="true")], [(("> days_past_due",), ('"a"',))]), "dmn-fallback"),
        (
            table([DAYS], [(("-",), ('"a"',))]).replace(b"<inputEntry>", b'<inputEntry expressionLanguage="python">'),
            "dmn-language",
        ),
        (table([DAYS], [(("-",), ('"a"',))]).replace(b"decisionTable", b"literalExpression"), "dmn-no-table"),
        (table([DAYS], [(("-",), ('"a"',))]).replace(b'<decision id="case_tier"', b"<decision"), "dmn-no-id"),
        (table([DAYS], [(("-",), ('"a"',))] * 1001), "dmn-too-large"),
    ],
)
def test_what_cannot_run_is_refused_by_rule(source: bytes, rule: str) -> None:
    assert rule in refused(source)


def test_an_id_used_twice_is_an_error() -> None:
    source = table([DAYS], [(("-",), ('"a"',))]).replace(b'id="rule_1"', b'id="case_tier"')
    tables, findings = read_tables(source, VOCABULARY)
    assert tables == {}
    assert [(finding.rule, finding.element) for finding in findings] == [("dmn-duplicate-id", "case_tier")]


def test_a_needed_decision_is_only_warned_of() -> None:
    needed = b'<informationRequirement><requiredDecision href="#risk"/></informationRequirement><decisionTable '
    tables, findings = read_tables(table([DAYS], [(("-",), ('"a"',))]).replace(b"<decisionTable ", needed), VOCABULARY)
    assert list(tables) == ["case_tier"]
    assert seen(findings) == [("dmn-requirement", "warning")]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ('"M1","M2","M3","M4"', []),
        ('"M1","M2","m3","M4"', [("dmn-output-value", "warning", "M3")]),
        ("M1, M2", [("dmn-values", "warning", "")]),
        ("", []),
    ],
)
def test_an_output_that_its_column_does_not_name_is_told(values: str, told: list[tuple[str, str, str]]) -> None:
    product = column("product", "string", number=1, fallback="true")
    drawn = table([product, DAYS], TIERS, outputs=RESULTS).decode()
    declared = f'name="tier" typeRef="string"><outputValues><text>{values}</text></outputValues></output>'
    source = drawn.replace('name="tier" typeRef="string"/>', declared).encode()
    assert declared.encode() in source
    tables, findings = read_tables(source, VOCABULARY)
    assert list(tables) == ["case_tier"]
    found = [(finding.rule, finding.severity) for finding in findings]
    assert found == [(rule, severity) for rule, severity, _ in told], findings
    assert all(shown in finding.message.en for finding, (_, _, shown) in zip(findings, told, strict=True))


def test_a_table_with_an_error_does_not_take_others_with_it() -> None:
    good, bad = table([DAYS], [(("-",), ('"a"',))]), table([column("a.b")], [(("-",), ('"a"',))], name="other")
    inner = bad.split(b"<decision ", 1)[1].removesuffix(b"</definitions>")
    inner = inner.replace(b'"input_1"', b'"in"').replace(b'"output_0"', b'"out"').replace(b'"rule_1"', b'"row"')
    tables, findings = read_tables(
        good.replace(b"</definitions>", b"<decision " + inner + b"</definitions>"), VOCABULARY
    )
    assert list(tables) == ["case_tier"]
    assert {finding.rule for finding in findings} == {"dmn-expression"}


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_damage_makes_reading_raise(data: st.DataObject) -> None:
    whole = bytearray(table([DAYS], [(("[1..30]",), ('"a"',)), (('not(1,2), date("2026-01-01")',), ("limit",))]))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=3))
    tables, findings = read_tables(bytes(whole), VOCABULARY, "damaged.dmn")
    assert "dmn-failed" not in {finding.rule for finding in findings}
    assert all(finding.message.zh for ours in tables.values() for finding in analyse(ours))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_reading_raise(source: bytes) -> None:
    assert refused(source)
