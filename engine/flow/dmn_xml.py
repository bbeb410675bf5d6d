"""Reads DMN 1.1 to 1.5 into decision tables; whatever cannot run becomes a finding, never an exception."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lxml import etree

from engine.flow.cells import Cell, CellRefused, OutputCell, compile_cell, compile_output
from engine.flow.expressions import Compiled, compile_expression, problems
from engine.flow.findings import Finding, Severity, Text
from engine.flow.kinds import Kind, kind_named
from engine.flow.reading import BUILTINS
from engine.flow.refusals import HIT_POLICIES, TABLES
from engine.flow.safe_xml import XmlRefused, read_xml
from engine.flow.tables import HitPolicy, Input, Output, Rule, Table
from engine.flow.vocabulary import Vocabulary

DMN = ("http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")
SPIFF = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
MAX_RULES = 1_000
MAX_COLUMNS = 40
MAX_DECISIONS = 100
_POLICIES: dict[str, HitPolicy] = {"UNIQUE": "UNIQUE", "FIRST": "FIRST", "COLLECT": "COLLECT"}
_UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read_tables(
    xml: bytes, vocabulary: Vocabulary, filename: str = "", case_data: Collection[str] | None = None
) -> tuple[dict[str, Table], list[Finding]]:
    """The tables of a DMN file by the id of their decision, and what is wrong with it; never raises.

    A table with an error is left out, and all are if the file as a whole has one. `filename` names the file in
    findings about the whole of it. `case_data` are the names that inputs may read besides facts; None means any, an
    unknown one being a warning.
    """
    file = _File(vocabulary, filename, case_data)
    try:
        file.read(read_xml(xml))
    except XmlRefused as refused:
        file.findings.append(Finding(None, refused.rule, "error", refused.message, refused.remedy))
    except _UNFORESEEN as error:
        file.note("dmn-failed", None, what=f"{type(error).__name__}: {error}"[:200])
    return file.tables, file.findings


class _File:
    """What one file gives: tables and findings."""

    def __init__(self, vocabulary: Vocabulary, filename: str, case_data: Collection[str] | None) -> None:
        self.vocabulary = vocabulary
        self.filename = filename
        self.case_data = case_data
        self.tables: dict[str, Table] = {}
        self.findings: list[Finding] = []

    def note(self, rule: str, element: str | None, severity: Severity = "error", /, **params: object) -> None:
        """Adds a finding of the list of refusals."""
        message, remedy = TABLES[rule]
        self.findings.append(Finding(element, rule, severity, message.format(**params), remedy.format(**params)))

    def read(self, root: etree._Element) -> None:
        if not root.tag.startswith(tuple("{" + space for space in DMN)) or _local(root) != "definitions":
            self.note("dmn-not-dmn", None, root=str(root.tag)[:120])
            return
        for imported in _children(root, "import"):
            self.note("dmn-import", None, name=imported.get("name") or imported.get("namespace") or "?")
        decisions = list(_children(root, "decision"))[: MAX_DECISIONS + 1]
        if not decisions:
            self.note("dmn-no-decision", None)
        if len(decisions) > MAX_DECISIONS:
            self._note_size(self.filename, None, MAX_DECISIONS, Text("decisions", "决策数量"))
            return
        self._note_repeated_ids(root)
        is_sound = not any(finding.is_error for finding in self.findings)
        for decision in decisions:
            self._read_decision(decision)
        if not is_sound:
            self.tables.clear()

    def _note_repeated_ids(self, root: etree._Element) -> None:
        seen: set[str] = set()
        for element in root.iter("*"):
            identity = element.get("id")
            if identity and identity in seen:
                self.note("dmn-duplicate-id", identity, id=identity)
            seen.add(identity or "")

    def _read_decision(self, decision: etree._Element) -> None:
        identity = decision.get("id") or ""
        if not identity:
            self.note("dmn-no-id", None)
            return
        drawn = next(_children(decision, "decisionTable"), None)
        if drawn is None:
            self.note("dmn-no-table", identity, table=identity)
            return
        for required in decision.iter("{*}requiredDecision"):
            name = (required.get("href") or "?").lstrip("#")
            self.note("dmn-requirement", identity, "warning", table=identity, name=name)
        before = sum(finding.is_error for finding in self.findings)
        table = _TableReader(self, decision, drawn).table()
        if table is not None and before == sum(finding.is_error for finding in self.findings):
            self.tables[identity] = table

    def _note_size(self, table: str, element: str | None, limit: int, what: Text) -> None:
        self.note("dmn-too-large", element, table=table, limit=limit, what=what.en, what_zh=what.zh)


class _TableReader:
    """Reads one decision with its table."""

    def __init__(self, file: _File, decision: etree._Element, drawn: etree._Element) -> None:
        self.file = file
        self.decision = decision
        self.drawn = drawn
        self.id = decision.get("id") or ""
        self.readable: set[str] = set()

    def table(self) -> Table | None:
        """The table; None if it has the wrong shape. Findings go to the file."""
        policy = self._hit_policy()
        columns, rows = list(_children(self.drawn, "input")), list(_children(self.drawn, "rule"))
        results = list(_children(self.drawn, "output"))
        if not self._is_of_size(columns, results, rows):
            return None
        inputs = [self._input(column) for column in columns]
        outputs = [self._output(result, len(results)) for result in results]
        self.readable |= {column.name for column in inputs if column is not None}
        kinds = [self._kind(column, _child(column, "inputExpression")) for column in columns]
        result_kinds = [self._kind(result, result) for result in results]
        rules = [self._rule(row, number, kinds, result_kinds) for number, row in enumerate(rows, 1)]
        self._note_undeclared(results, [rule for rule in rules if rule])
        if policy is None or None in inputs or None in outputs or None in rules:
            return None
        whole = [column for column in inputs if column], [result for result in outputs if result]
        return self._checked(policy, *whole, [rule for rule in rules if rule])

    def note(self, rule: str, element: str | None, severity: Severity = "error", /, **params: object) -> None:
        self.file.note(rule, element or self.id, severity, table=self.id, **params)

    def _checked(
        self, policy: HitPolicy, inputs: list[Input], outputs: list[Output], rules: list[Rule]
    ) -> Table | None:
        for kind in (inputs, outputs):
            self._note_repeated_names([column.name for column in kind], is_input=kind is inputs)
        for place, column in enumerate(inputs):
            for rule in rules:
                if column.is_fallback and not rule.cells[place].is_fixed:
                    self.note("dmn-fallback", rule.id, rule=rule.number, column=column.name)
        return Table(
            id=self.id,
            name=self.decision.get("name") or self.id,
            names=_names(self.decision) | _names(self.drawn),
            hit_policy=policy,
            inputs=tuple(inputs),
            outputs=tuple(outputs),
            rules=tuple(rules),
        )

    def _note_repeated_names(self, names: list[str], *, is_input: bool) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            if is_input:
                self.note("dmn-input-name", None, column=name)
            else:
                self.note("dmn-output-name", None, name=name)

    def _hit_policy(self) -> HitPolicy | None:
        name, sums = self.drawn.get("hitPolicy") or "UNIQUE", self.drawn.get("aggregation")
        if name in _POLICIES and not sums:
            return _POLICIES[name]
        hint = HIT_POLICIES.get(name, Text("Use UNIQUE, FIRST or COLLECT.", "请使用 UNIQUE、FIRST 或 COLLECT。"))
        self.note("dmn-hit-policy", None, policy=f"{name} {sums or ''}".strip(), hint=hint.en, hint_zh=hint.zh)
        return None

    def _is_of_size(
        self, columns: list[etree._Element], results: list[etree._Element], rows: list[etree._Element]
    ) -> bool:
        if not results:
            self.note("dmn-no-outputs", None)
        if not rows:
            self.note("dmn-no-rules", None)
        limits = (
            (rows, MAX_RULES, Text("rules", "规则数量")),
            (columns, MAX_COLUMNS, Text("inputs", "输入数量")),
            (results, MAX_COLUMNS, Text("outputs", "输出数量")),
        )
        over = [(limit, what) for found, limit, what in limits if len(found) > limit]
        for limit, what in over:
            self.note("dmn-too-large", None, limit=limit, what=what.en, what_zh=what.zh)
        return bool(results and rows and not over)

    # -- columns

    def _input(self, column: etree._Element) -> Input | None:
        asked = _child(column, "inputExpression")
        source = _text(asked)
        label = column.get("label") or source or column.get("id") or "?"
        if not source:
            self.note("dmn-input-expression", column.get("id"), column=label)
            return None
        expression = self._expression(source, column, label)
        self._note_language(asked, column)
        if expression is None:
            return None
        self.readable |= expression.names
        properties = _properties(column)
        return Input(
            id=column.get("id") or "",
            name=_input_name(column, source),
            label=label,
            names=_names(column),
            kind=self._kind(column, asked, is_noted=True),
            expression=expression,
            values=self._allowed(column, asked, label),
            is_fallback=properties.get("fallback", "").strip().lower() == "true",
        )

    def _expression(self, source: str, column: etree._Element, label: str) -> Compiled | None:
        found = problems(source, self.file.vocabulary, self.file.case_data)
        for problem in found:
            self.note(
                "dmn-expression",
                column.get("id"),
                problem.severity,
                column=label,
                message=problem.message.en,
                message_zh=problem.message.zh,
                remedy=problem.remedy.en,
                remedy_zh=problem.remedy.zh,
            )
        if any(problem.severity == "error" for problem in found):
            return None
        return compile_expression(source, self.file.vocabulary)

    def _allowed(self, column: etree._Element, asked: etree._Element | None, label: str) -> Cell | None:
        return self._declared(column, "inputValues", _type(asked), label)

    def _declared(
        self, column: etree._Element, name: str, type_ref: str, label: str, severity: Severity = "error"
    ) -> Cell | None:
        text = _text(_child(column, name))
        if not text:
            return None
        try:
            return compile_cell(text, type_ref, self.file.vocabulary, ())
        except CellRefused as refused:
            self._note_refused("dmn-values", column.get("id"), refused, severity, column=label)
            return None

    def _output(self, result: etree._Element, count: int) -> Output | None:
        name = result.get("name") or (self.id if count == 1 else "")
        taken = name in self.file.vocabulary.functions or name in self.file.vocabulary.facts
        self._kind(result, result, is_noted=True)
        if not name.isidentifier() or name.startswith("_") or name in BUILTINS or taken:
            self.note("dmn-output-name", result.get("id"), name=name)
            return None
        label = result.get("label") or name
        return Output(result.get("id") or "", name, label, _names(result), self._kind(result, result))

    def _note_undeclared(self, results: list[etree._Element], rules: list[Rule]) -> None:
        """Outputs that their own column does not name among its values: most often a slip of the pen."""
        for place, result in enumerate(results):
            label = result.get("label") or result.get("name") or self.id
            declared = self._declared(result, "outputValues", _type(result), label, "warning")
            if declared is None:
                continue
            for rule in rules:
                given = rule.outputs[place].operand
                if given.computed is None and given.text and not declared.matches(given.fixed, {}, {}):
                    self.note("dmn-output-value", rule.id, "warning", rule=rule.number, column=label, value=given.text)

    def _kind(self, column: etree._Element, typed: etree._Element | None, *, is_noted: bool = False) -> Kind:
        kind = kind_named(_type(typed))
        if kind is None and is_noted:
            label = column.get("label") or column.get("name") or column.get("id") or "?"
            self.note("dmn-type", column.get("id"), column=label, type=_type(typed))
        return kind or "any"

    # -- rows

    def _rule(self, row: etree._Element, number: int, kinds: list[Kind], result_kinds: list[Kind]) -> Rule | None:
        identity = row.get("id") or f"{self.id}_{number}"
        conditions, results = list(_children(row, "inputEntry")), list(_children(row, "outputEntry"))
        met, wanted = len(conditions) + len(results), len(kinds) + len(result_kinds)
        if (len(conditions), len(results)) != (len(kinds), len(result_kinds)):
            self.note("dmn-rule-width", identity, rule=number, met=met, wanted=wanted)
            return None
        cells = [self._cell(*entry, identity, number) for entry in zip(conditions, kinds, strict=True)]
        outputs = [self._result(*entry, identity, number) for entry in zip(results, result_kinds, strict=True)]
        if None in cells or None in outputs:
            return None
        whole = tuple(cell for cell in cells if cell), tuple(output for output in outputs if output)
        annotations = [_text(entry) for entry in _children(row, "annotationEntry")]
        description = next((entry.text or "" for entry in _children(row, "description")), "")
        return Rule(identity, number, *whole, " ".join(filter(None, [description.strip(), *annotations])))

    def _cell(self, entry: etree._Element, kind: Kind, rule: str, number: int) -> Cell | None:
        self._note_language(entry, entry)
        try:
            return compile_cell(_text(entry), kind, self.file.vocabulary, self.readable)
        except CellRefused as refused:
            self._note_refused("dmn-cell", rule, refused, rule=number, column=_place(entry))
            return None

    def _result(self, entry: etree._Element, kind: Kind, rule: str, number: int) -> OutputCell | None:
        self._note_language(entry, entry)
        try:
            return compile_output(_text(entry), kind, self.file.vocabulary, self.readable)
        except CellRefused as refused:
            self._note_refused("dmn-cell", rule, refused, rule=number, column=_place(entry))
            return None

    def _note_refused(
        self, rule: str, element: str | None, refused: CellRefused, severity: Severity = "error", /, **params: object
    ) -> None:
        message, remedy = refused.reason, refused.remedy
        shown = {"message": message.en, "message_zh": message.zh, "remedy": remedy.en, "remedy_zh": remedy.zh}
        self.file.note(rule, element or self.id, severity, table=self.id, **params, **shown)

    def _note_language(self, entry: etree._Element | None, column: etree._Element) -> None:
        language = entry.get("expressionLanguage") if entry is not None else None
        if language and "feel" not in language.lower():
            self.note("dmn-language", column.get("id"), language=language[:80])


def _local(element: etree._Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    space = str(element.tag).rsplit("}", 1)[0] + "}"
    return element.iterchildren(space + name)


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next(_children(element, name), None)


def _text(element: etree._Element | None) -> str:
    written = _child(element, "text") if element is not None else None
    return "".join(str(part) for part in written.itertext(with_tail=False)).strip() if written is not None else ""


def _type(element: etree._Element | None) -> str:
    return (element.get("typeRef") or "") if element is not None else ""


def _properties(element: etree._Element) -> dict[str, str]:
    extensions = _child(element, "extensionElements")
    if extensions is None:
        return {}
    found = extensions.iterfind(f"{SPIFF}properties/{SPIFF}property")
    return {one.get("name") or "": one.get("value") or "" for one in found}


def _names(element: etree._Element) -> dict[str, str]:
    """Its names by language, from the properties `name_zh` and `name_en`."""
    prefix = "name_"
    properties: Mapping[str, str] = _properties(element)
    return {key.removeprefix(prefix): name for key, name in properties.items() if key.startswith(prefix) and name}


def _input_name(column: etree._Element, source: str) -> str:
    """What it reads, if that is a name or a call without values; else its label if that is a name; else its id."""
    label = column.get("label") or ""
    plain = source.removesuffix("()").strip()
    choices = (plain, label if label.isascii() else "", column.get("id") or "")
    return next((name for name in choices if name.isidentifier()), source)


def _place(entry: etree._Element) -> int:
    """The place of a cell in its row, from 1."""
    return 1 + sum(1 for other in entry.itersiblings(preceding=True) if _local(other) in {"inputEntry", "outputEntry"})
