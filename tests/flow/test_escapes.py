"""Attempts to reach Python, files or the network through what analysts write, none of which gets through.

Each surface says how a text is checked and how it would run; attempts and harmless neighbours are plain lists. To add
a surface, write its two functions, and a file with its lists in this manner (`tests.flow.watching` has the bait).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import DunflowError
from engine.flow.cells import CellRefused, compile_cell, compile_output
from engine.flow.decisions import analyse, read_tables
from engine.flow.expressions import ExpressionFailed, ExpressionRefused, compile_expression, problems
from tests.flow.watching import SECRET, baited, nothing_reached
from tests.flow.words import FUNCTIONS, HEAD, VOCABULARY, column, table

#: what a token's data might hold at its worst: live objects, code, long and large values
DATA: dict[str, object] = {
    "a": 7,
    "b": [1, 2, 3],
    "name": "M1",
    "order": {"amount": Decimal("12.50"), "lines": [{"sku": "x"}]},
    "due_on": dt.date(2026, 3, 1),
    "big": 10**35,
    "long": "x" * 9_000,
    "empty": None,
    "run": os.system,
    "thing": object(),
    "kind": type,
}
CODE = "__import__('os').system('touch NEW_FILE')"

EXPRESSIONS = [
    CODE,
    "__import__('os')",
    "__builtins__",
    "__builtins__['open']('SECRET_FILE')",
    "open('SECRET_FILE').read()",
    "open('NEW_FILE', 'w')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "getattr(a, 'real')",
    "globals()",
    "locals()",
    "vars()",
    "dir(a)",
    "type(a)",
    "type",
    "object",
    "id(a)",
    "input()",
    "help()",
    "breakpoint()",
    "print(a)",
    "memoryview(b)",
    "sorted(b, key=eval)",
    "max(b, key=eval)",
    "max(*b)",
    "max(**order)",
    "max(eval, 1)",
    "max(today, 1)",
    "[eval][0]('1')",
    "(lambda: 1)()",
    "(lambda x: x.__class__)(a)",
    "run('touch NEW_FILE')",
    "kind('X', (), {})",
    "order['run']('x')",
    "a.__class__",
    "a.__class__.__mro__[-1].__subclasses__()",
    "().__class__.__base__",
    "''.__class__.__mro__",
    "''.join(b)",
    "'{0.__class__}'.format(a)",
    "'%s' % a",
    "f'{a.__class__}'",
    "f'{a!r:>{big}}'",
    "name.format(a)",
    "today.__globals__",
    "today.__globals__['sys']",
    "today().__class__",
    "today().ctime()",
    "max.__self__",
    "order.items()",
    "order['__class__']",
    "order[name]",
    "order[eval]",
    "b[0:2]",
    "b[:]",
    "[x for x in b]",
    "{x for x in b}",
    "{x: x for x in b}",
    "(x for x in b)",
    "[x for x in ().__class__.__base__.__subclasses__()]",
    "(x := a)",
    "[a := eval][0]",
    "await a",
    "yield a",
    "(yield)",
    "a; __import__('os')",
    "a\n__import__('os')",
    "import os",
    "from os import system",
    "a = eval",
    "del a",
    "assert eval",
    "raise a",
    "lambda: 1",
    "*b",
    "{**order}",
    "...",
    "a if eval else b",
    "a and open",
    "a < eval < 3",
    "not open",
    "-eval",
    "eval in b",
    "b'bytes'",
    "1j",
    "10 ** 10",
    "9 ** 9 ** 9",
    "1 << 1000",
    "'x' * 1000000000",
    "[0] * 1000000000",
    "'%1000000000d' % 1",
    "a @ a",
    "~a",
    "a | a",
    "99999999999999999999",
    "1e400",
    "ｅｖａｌ('1')",
    "__ｉｍｐｏｒｔ__('os')",
    "\\x65val('1')",
    "'\\N{BULLET}'",
    "a#__import__('os')",
    "eval\t('1')",
    "_private",
    "__name__",
    "self",
    "cls",
    "(" * 250 + "a" + ")" * 250,
    "-" * 1500 + "a",
    "not " * 450 + "a",
    "[" * 150 + "]" * 150,
    "a" + "+a" * 900,
    "x" * 100_000,
    "\x00",
    "a\x00b",
    "\ud800",
]
BURNS = [
    "big * big",
    "big * big * big * big * big",
    "long + long",
    "'x' + long + long",
    "(big * 1.5) // 0.0000000001 % 7",
    "a / 0",
    "a // 0.0",
    "due_on + a",
    "thing < a",
    "order[0]",
    "b[99]",
    "kind + a",
    "run in run",
    "in_days('x')",
    "in_days(big)",
]
CELLS = [
    CODE,
    "> " + CODE,
    "[1.." + CODE + "]",
    f"not({CODE})",
    f"1, {CODE}",
    "? = " + CODE,
    "?.__class__",
    "? . __class__",
    "?['__class__']",
    "?()",
    'open("SECRET_FILE")',
    "> eval",
    "eval",
    "type(?)",
    'run("touch NEW_FILE")',
    "run",
    "[x for x in ?]",
    "(lambda: ?)()",
    "some x in ? satisfies true",
    "for i in 1..1000000000 return i",
    'function(x) external {java: {class: "java.lang.Runtime"}}',
    "{a: 1}",
    "? ** 99999",
    '"x" * 1000000000',
    'date("2026-01-01").__class__',
    'date(open("SECRET_FILE"))',
    'date and time("2026-01-01T00:00:00Z").tzinfo',
    '@"SECRET_FILE"',
    '"\\x65"',
    '"a" + f"{?}"',
    "today",
    "today.__globals__",
    "ʔ",
    "ʔ0",
    "__builtins__",
    "(" * 900 + "1" + ")" * 900,
    "1" * 5_000,
    "\x00",
]
OUTPUTS = [
    CODE,
    "a.__class__",
    'eval("1")',
    'open("SECRET_FILE")',
    "today.__globals__",
    "[x for x in b]",
    "lambda: 1",
    'f"{a}"',
    '"{0}".format(a)',
    '"x" * 1000000000',
    "9 ** 9 ** 9",
    '{"a": eval}',
    "run(1)",
    "run",
    "eval",
    "max(1, key=eval)",
    "import os",
    "?",
    "-",
]

GOOD = table([column("days_past_due")], [(("-",), ('"M1"',))]).decode()
BODY = GOOD.split("\n", 1)[1]
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
FILES = [
    f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]>{BODY.replace(">-<", ">&l9;<")}',
    f'<!DOCTYPE d [<!ENTITY q "{"x" * 50_000}">]>{BODY.replace(">-<", ">" + "&q;" * 1_000 + "<")}',
    f'<!DOCTYPE d [<!ENTITY f SYSTEM "file://SECRET_FILE">]>{BODY.replace(">-<", ">&f;<")}',
    f'<!DOCTYPE d [<!ENTITY f SYSTEM "SECRET_FILE">]>{BODY.replace("row 1", "&f;")}',
    f'<!DOCTYPE d [<!ENTITY f SYSTEM "http://ADDRESS/x">]>{BODY.replace("row 1", "&f;")}',
    f'<!DOCTYPE d [<!ENTITY f SYSTEM "ftp://ADDRESS/x">]>{BODY.replace("row 1", "&f;")}',
    f'<!DOCTYPE d [<!ENTITY % p SYSTEM "file://SECRET_FILE">%p;]>{BODY.replace("row 1", "&leak;")}',
    f'<!DOCTYPE d [<!ENTITY % p SYSTEM "http://ADDRESS/x">%p;]>{BODY}',
    f'<!DOCTYPE d SYSTEM "file://SECRET_FILE">{BODY.replace("row 1", "&leak;")}',
    f'<!DOCTYPE d SYSTEM "http://ADDRESS/x.dtd">{BODY}',
    f'<!DOCTYPE d PUBLIC "-//x//y" "http://ADDRESS/x.dtd">{BODY}',
    f"<!DOCTYPE definitions>{BODY}",
    f'<!DOCTYPE definitions [<!ATTLIST rule id CDATA "__class__">]>{BODY}',
    f'<!DOCTYPE definitions [<!ENTITY a "M1">]>{BODY.replace(chr(34) + "M1" + chr(34), "&a;")}',
    f'<!DOCTYPE definitions [<!ENTITY a "case_tier">]>{BODY.replace("case_tier", "&a;")}',
    f'<!DOCTYPE definitions [<!NOTATION n SYSTEM "file://SECRET_FILE">]>{BODY}',
    BODY.replace("<decision ", '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="SECRET_FILE"/><decision '),
    BODY.replace(
        "row 1", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="http://ADDRESS/x"/>'
    ),
    BODY.replace("<decision ", '<import namespace="x" locationURI="http://ADDRESS/x.dmn" importType="x"/><decision '),
    BODY.replace("<decision ", '<import name="os" namespace="python:os" importType="python"/><decision '),
    BODY.replace(">days_past_due<", f">{CODE}<"),
    BODY.replace(">days_past_due<", "><![CDATA[open('SECRET_FILE').read()]]><"),
    BODY.replace(">days_past_due<", ">&#95;&#95;import&#95;&#95;('os')<"),
    BODY.replace(">-<", f">{CODE}<"),
    BODY.replace('>"M1"<', f">{CODE}<"),
    BODY.replace('name="tier"', 'name="__class__"'),
    BODY.replace('name="tier"', 'name="today"'),
    BODY.replace('name="tier"', 'name="eval"'),
    BODY.replace('name="tier"', 'name="a.b"'),
    BODY.replace('typeRef="integer"', f'typeRef="{CODE}"'),
    BODY.replace("<inputEntry>", '<inputEntry expressionLanguage="python">'),
    BODY.replace("<outputEntry>", '<outputEntry expressionLanguage="http://www.java.com/java">'),
    BODY.replace("<inputExpression ", '<inputExpression expressionLanguage="javascript" '),
    BODY.replace("decisionTable", "literalExpression"),
    BODY.replace("decisionTable", "invocation"),
    f"{HEAD}<decision id='d'><context><contextEntry><functionDefinition kind='Java'/></contextEntry></context>"
    "</decision></definitions>",
    f"{HEAD}<businessKnowledgeModel id='b'><encapsulatedLogic kind='PMML'/></businessKnowledgeModel></definitions>",
    "<x:stylesheet xmlns:x='http://www.w3.org/1999/XSL/Transform'><x:import href='SECRET_FILE'/></x:stylesheet>",
    "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='SECRET_FILE'/></xs:schema>",
    "<html><script>alert(1)</script></html>",
    "<a>" * 100_000 + "</a>" * 100_000,
    BODY.replace("<decision ", "<a>" * 300 + "</a>" * 300 + "<decision "),
    BODY.replace('name="Tiers"', f'name="{"x" * 10_100_000}"'),
    f"<?xml version='1.0' encoding='UTF-7'?>+ADw-!DOCTYPE d [+ADw-!ENTITY f SYSTEM 'SECRET_FILE'+AD4-]+AD4-{BODY}",
    f"<?xml version='1.0' encoding='no-such-thing'?>{BODY}",
    BODY.replace("row 1", "\x00"),
    BODY[:-40],
    "",
    SECRET,
]

HARMLESS_EXPRESSIONS: list[tuple[str, object]] = [
    ("a", 7),
    ("a > 3", True),
    ("a > 3 and name == 'M1'", True),
    ("a > 9 or empty is None", True),
    ("not a", False),
    ("1 < a <= 7", True),
    ("a in b", False),
    ("3 in b", True),
    ("4 not in b", True),
    ("'M' in name", True),
    ("a + 1", 8),
    ("a - 1", 6),
    ("a * 2", 14),
    ("a / 2", Decimal("3.5")),
    ("a // 2", 3),
    ("a % 2", 1),
    ("-a", -7),
    ("+a", 7),
    ("(a + 1) * 2", 16),
    ("name + '!'", "M1!"),
    ("b + [4]", [1, 2, 3, 4]),
    ("'yes' if a else 'no'", "yes"),
    ("'yes' if empty else 'no'", "no"),
    ("[a, name]", [7, "M1"]),
    ("(a, name)", [7, "M1"]),
    ("[]", []),
    ("None", None),
    ("null", None),
    ("True", True),
    ("false", False),
    ("0.1 + 0.2", Decimal("0.3")),
    ("'eval'", "eval"),
    ("'__import__(1)'", "__import__(1)"),
    ("'# no comment'", "# no comment"),
    ('"it\'s"', "it's"),
    ("'逾期'", "逾期"),
    ("order['amount']", Decimal("12.50")),
    ("order['amount'] * 2", Decimal("25.00")),
    ("order['lines'][0]['sku']", "x"),
    ("b[0]", 1),
    ("b[-1]", 3),
    ("tags()[0]", "vip"),
    ("'vip' in tags()", True),
    ("today()", dt.date(2026, 3, 2)),
    ("today() > due_on", True),
    ("in_days(3)", dt.date(2026, 3, 5)),
    ("in_days(a - 4) == in_days(3)", True),
    ("max(a, 9)", 9),
    ("max(1, len(name), a)", 7),
    ("len(b)", 3),
    ("  a  ", 7),
    ("a\n > 3", True),
    ("empty is not None", False),
    ("empty == None", True),
    ("big > a", True),
    ("name != 'M2'", True),
    ("name in ['M1', 'M2']", True),
    ("name in ('M1',)", True),
]
HARMLESS_CELLS: list[tuple[str, object, bool]] = [
    ("-", 7, True),
    ("7", 7, True),
    ("[1..30]", 7, True),
    ("[1..a]", 7, True),
    ("> a", 7, False),
    ("not(7)", 7, False),
    ("1, 2, 7", 7, True),
    ('"eval"', "eval", True),
    ('"__class__"', "x", False),
    ('not("M1","M2")', "M3", True),
    ("? > 3 and ? < 9", 7, True),
    ("max(a, 9)", 9, True),
    ("null", None, True),
]
HARMLESS_OUTPUTS: list[tuple[str, object]] = [
    ('"M1"', "M1"),
    ('"open(1)"', "open(1)"),
    ("a * 2", 14),
    ("in_days(3)", dt.date(2026, 3, 5)),
    ("", None),
]
HARMLESS_FILES = [
    GOOD,
    BODY,
    f"<?xml version='1.0' encoding='UTF-7'?>{BODY}",
    GOOD.replace("row 1", "__import__('os')"),
    GOOD.replace("row 1", "<![CDATA[<!DOCTYPE x>]]>"),
    GOOD.replace("row 1", "&#60;!ENTITY&#62; &amp; &lt;"),
    GOOD.replace("<definitions", '<?xml-stylesheet type="text/xsl" href="http://ADDRESS/x.xsl"?><definitions', 1),
    GOOD.replace("<decision ", "<!-- <!DOCTYPE x> --><?python import os?><decision ", 1),
    GOOD.replace(
        "<definitions ",
        '<definitions xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x http://ADDRESS/x" ',
        1,
    ),
    GOOD.replace("<rule ", "<extensionElements><script>import os</script></extensionElements><rule ", 1),
]


def run_expression(text: str, data: Mapping[str, object]) -> object:
    return compile_expression(text, VOCABULARY).evaluate(data, FUNCTIONS)


def run_cell(text: str, data: Mapping[str, object]) -> object:
    return compile_cell(text, "any", VOCABULARY, ["a"]).matches(7, data, FUNCTIONS)


def run_output(text: str, data: Mapping[str, object]) -> object:
    return compile_output(text, "any", VOCABULARY, ["a", "b"]).value(data, FUNCTIONS)


SURFACES: dict[str, tuple[list[str], Callable[[str, Mapping[str, object]], object], type[DunflowError]]] = {
    "expression": (EXPRESSIONS, run_expression, ExpressionRefused),
    "cell": (CELLS, run_cell, CellRefused),
    "output": (OUTPUTS, run_output, CellRefused),
}


def _name(text: object) -> str:
    return ascii(text)[:60]


@pytest.mark.parametrize("surface", SURFACES)
def test_no_attempt_is_compiled_or_run(surface: str, tmp_path: Path) -> None:
    attempts, run, refusal = SURFACES[surface]
    for attempt in attempts:
        with nothing_reached(tmp_path) as bait:
            raised = None
            try:
                run(baited(attempt, bait), DATA)
            except refusal as error:
                raised = error
        assert raised is not None, attempt[:80]


@pytest.mark.parametrize("attempt", EXPRESSIONS, ids=_name)
def test_the_check_tells_the_analyst_why(attempt: str) -> None:
    for case_data in (None, list(DATA)):
        errors = [problem for problem in problems(attempt, VOCABULARY, case_data) if problem.severity == "error"]
        assert errors
        assert all(problem.message.zh and problem.remedy.zh for problem in errors)


@pytest.mark.parametrize("attempt", BURNS)
def test_what_looks_harmless_but_is_not_ends_early(attempt: str, tmp_path: Path) -> None:
    with nothing_reached(tmp_path, seconds=0.5), pytest.raises(ExpressionFailed):
        run_expression(attempt, DATA)


@pytest.mark.parametrize("attempt", FILES, ids=lambda text: _name(text)[:60])
def test_no_file_reaches_anything(attempt: str, tmp_path: Path) -> None:
    with nothing_reached(tmp_path) as bait:
        tables, findings = read_tables(baited(attempt, bait).encode(), VOCABULARY, "attempt.dmn")
    assert tables == {}
    assert any(finding.is_error for finding in findings)
    if attempt != SECRET:
        assert SECRET not in "".join(finding.message.en + finding.message.zh for finding in findings)


@pytest.mark.parametrize(("text", "expected"), HARMLESS_EXPRESSIONS)
def test_harmless_expressions_give_their_value(text: str, expected: object, tmp_path: Path) -> None:
    assert not [problem for problem in problems(text, VOCABULARY, list(DATA)) if problem.severity == "error"]
    with nothing_reached(tmp_path):
        value = run_expression(text, DATA)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(("text", "value", "expected"), HARMLESS_CELLS)
def test_harmless_cells_match(text: str, value: object, expected: bool) -> None:
    assert compile_cell(text, "any", VOCABULARY, ["a"]).matches(value, DATA, FUNCTIONS) is expected


@pytest.mark.parametrize(("text", "expected"), HARMLESS_OUTPUTS)
def test_harmless_outputs_give_their_value(text: str, expected: object) -> None:
    assert run_output(text, DATA) == expected


@pytest.mark.parametrize("text", HARMLESS_FILES, ids=lambda text: str(HARMLESS_FILES.index(text)))
def test_harmless_files_are_read_and_decide(text: str, tmp_path: Path) -> None:
    with nothing_reached(tmp_path) as bait:
        tables, findings = read_tables(baited(text, bait).encode(), VOCABULARY, "fine.dmn")
        outputs = tables["case_tier"].decide({"days_past_due": 3}, FUNCTIONS).outputs
    assert findings == analyse(tables["case_tier"]) == []
    assert outputs == {"tier": "M1"}


def test_there_are_enough_of_both() -> None:
    attempts = len(EXPRESSIONS) + len(CELLS) + len(OUTPUTS) + len(FILES) + len(BURNS)
    harmless = len(HARMLESS_EXPRESSIONS) + len(HARMLESS_CELLS) + len(HARMLESS_OUTPUTS) + len(HARMLESS_FILES)
    assert attempts >= 60
    assert harmless >= 60
