"""A wrong file is told with its line, what is wrong and how to mend it, in both languages."""

from __future__ import annotations

import pytest

from engine.scenarios import Failure, ScenarioUnreadable, read_scenarios
from engine.scenarios.yaml_parts import MOST_BYTES
from tests.scenarios.house import WAITS_FOR_DISPATCH, play, play_one, story

DIAGRAMS = ("collection", "pre_collection", "operation_request")
GOOD = story("{at: 2026-05-21 10:00, then: {waits: dispatch}}")


def refusal(source: str | bytes) -> ScenarioUnreadable:
    with pytest.raises(ScenarioUnreadable) as caught:
        read_scenarios(source if isinstance(source, bytes) else source.encode(), DIAGRAMS)
    return caught.value


def test_a_file_may_hold_several_scenarios() -> None:
    told = read_scenarios(f"{GOOD}---\n{GOOD}".encode(), DIAGRAMS)
    assert [each.name.zh for each in told] == ["故事", "故事"]
    assert [each.line for each in told] == [1, 9]


@pytest.mark.parametrize(
    ("source", "line", "english", "chinese"),
    [
        ("", 1, "holds no scenario", "没有场景"),
        ("- a\n", 1, "a map of names and values", "名称与值"),
        (GOOD.replace("diagram: collection\n", ""), 1, "“diagram” is missing", "缺少“diagram”"),
        (
            GOOD.replace("diagram: collection", "diagram: colection"),
            2,
            "“colection” is not known",
            "未知的流程图“colection”",
        ),
        (GOOD.replace("  date: 2026-05-21\n", ""), 4, "no date to begin with", "缺少开始日期"),
        (GOOD.replace("date: 2026-05-21", "date: 21 May"), 4, "“21 May” stands where a date", "日期"),
        (GOOD.replace("due: 2026-05-20, ", ""), 5, "needs a due date and an amount", "缺少到期日或金额"),
        (GOOD.replace("principal: 1000", "principal: much"), 5, "an amount such as", "金额"),
        (GOOD.replace("principal: 1000", "principal: NaN"), 5, "an amount such as", "金额"),
        (GOOD.replace("principal: 1000", "capital: 1000"), 5, "“capital” is not known", "未知的关键字“capital”"),
        (story("{at: 2026-05-21 10:00+01:00}"), 7, "the lender's time", "不带时区"),
        (story("{at: noon}"), 7, "a moment such as", "时刻"),
        (story("{}"), 7, "The step says nothing", "步骤为空"),
        (story("{then: {statuss: closed}}"), 7, "“statuss” is not known", "未知的关键字“statuss”"),
        (story("{when: {finish: dispatch}}"), 7, "“finish” is not known", "未知的动作“finish”"),
        (story("{when: {complete: dispatch, width: {}}}"), 7, "“width” is not known", "complete"),
        (story("{case: recovery}"), 7, "“recovery” is not known", "未知的阶段"),
        (GOOD.replace("zh: 故事", "zh: 故事, 二"), 1, "not in “二”", "名称用 en"),
        (GOOD.replace("given:\n", "given:\n  groups: {a: {people: [eve]}}\n"), 4, "“eve” is not known", "未知的催收员"),
        (GOOD.replace("given:\n", "given:\n  groups: {a: {looks_after: [recovery]}}\n"), 4, "“recovery”", "未知的阶段"),
        (f"{GOOD}steps: []\n", 8, "stands here twice", "重复"),
        ("name: &a x\ndiagram: *a\n", 1, "Anchors", "锚点"),
        ("name: !!python/object:os.system x\n", 1, "is no YAML|The tag|is missing", "YAML|标签|缺少"),
        ("name: !run x\n", 1, "The tag !run", "标签 !run"),
        ("name: [\n", 2, "This is no YAML", "YAML 格式有误"),
        ("name: 'open\n", 2, "This is no YAML", "YAML 格式有误"),
        ("a: " + "[" * 30 + "]" * 30, 1, "nested too deeply", "嵌套过深"),
        (b"name: \xff\xfe\n", 1, "no UTF-8", "UTF-8"),
        (b"a" * (MOST_BYTES + 1), None, "longer than", "超过"),
    ],
)
def test_a_wrong_file_is_refused_with_line_and_reason(
    source: str | bytes, line: int | None, english: str, chinese: str
) -> None:
    error = refusal(source)
    assert error.line == line
    assert any(part in error.what.en for part in english.split("|")), error.what.en
    assert any(part in error.what.zh for part in chinese.split("|")), error.what.zh


def test_a_misspelt_word_is_told_what_it_may_have_meant() -> None:
    assert refusal(story("{then: {statuss: closed}}")).remedy.en == "Did you mean status?"
    assert refusal(story("{then: {statuss: closed}}")).remedy.zh == "是否应为 status？"
    assert "complete" in refusal(story("{when: {wait: dispatch}}")).remedy.en


def failure(source: str) -> Failure:
    outcome = play_one(source)
    assert outcome.failure is not None
    assert not outcome.passed
    return outcome.failure


@pytest.mark.parametrize(
    ("source", "english"),
    [
        (story("{then: {waits: dispach}}"), "The element “dispach” is not known."),
        (story("{then: {timers: {tier_end: never}}}"), "The element “tier_end” is not known."),
        (story("{when: {complete: dispach}}"), "The element “dispach” is not known."),
        (story("{when: {set: {last_tier_days: 3}}}"), "The parameter “last_tier_days” is not known."),
        (story("{when: {lift_block: x, by: eve}}"), "The person “eve” is not known."),
        (story("{when: {reverse: r1}}"), "No payment is called r1."),
        (story("{when: {change_order: {Z: {principal: 1}}}}"), "The order “Z” is not known."),
        (story("{then: {orders: {Z: {outstanding: 1}}}}"), "The order “Z” is not known."),
        (
            story("{at: 2026-05-21 10:00, when: {complete: dispatch, with: {colector_id: bob}}}"),
            "The field of the form dispatch “colector_id” is not known.",
        ),
    ],
)
def test_a_name_that_the_diagrams_do_not_know_is_refused_with_its_line(source: str, english: str) -> None:
    told = failure(source)
    assert told.what.en == english
    assert told.line == 7
    assert told.remedy is not None


def test_a_parameter_and_a_rule_given_must_exist() -> None:
    assert (
        "“no_such_days”"
        in failure(story("{}", given="  parameters: {no_such_days: 3}\n").replace("{}", "{at: 2026-05-21}")).what.en
    )
    assert "“no_such_rule”" in failure(story("{at: 2026-05-21}", given="  rules: {no_such_rule: {tier: x}}\n")).what.en
    wrong = "  rules: {case_tier_m1: {colour: x}}\n"
    assert "“colour”" in failure(story("{at: 2026-05-21}", given=wrong)).what.en


def test_one_wrong_file_does_not_keep_the_others_from_being_played() -> None:
    wrong, right = play("name: x\n", WAITS_FOR_DISPATCH)
    assert (wrong.passed, right.passed) == (False, True)


def test_what_is_given_must_be_allowed() -> None:
    told = failure(story("{at: 2026-05-21}", given="  parameters: {last_tier_review_days: 0}\n"))
    assert told.what.en == "what is given"
    assert "last_tier_review_days" in told.got
    assert told.line == 4


def test_rules_given_must_leave_a_release_that_runs() -> None:
    told = failure(story("{at: 2026-05-21}", given="  rules: {case_tier_m1: {rank: open(1)}}\n"))
    assert told.where.en == "rules in given, line 4"
    assert "open" in told.what.en
    assert told.remedy is not None
