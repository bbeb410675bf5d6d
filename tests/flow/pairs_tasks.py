"""Tasks, loops, data and references that do not work, each with the way to draw it instead."""

from __future__ import annotations

from tests.flow import drawing
from tests.flow.checking import PERSON, line
from tests.flow.drawing import (
    decision,
    document,
    end,
    loop,
    operator,
    path,
    process,
    repeated,
    start,
    user_task,
)
from tests.flow.pairs import (
    Pair,
    marked,
)

_INPUT = "bpmn:dataInputAssociation"
PAIRS: dict[str, Pair] = {
    "data store without a class": Pair(
        document(process(start(), end(), path("start", "end")), '<bpmn:dataStore id="ledger" name="Ledger"/>'),
        "data-store",
        "ledger",
    ),
    "script task": Pair(
        line('<bpmn:scriptTask id="run"><bpmn:script>x = 1</bpmn:script></bpmn:scriptTask>', ids=("run",)),
        "script",
        "run",
        line(operator("run", "note"), ids=("run",)),
    ),
    "script after a task": Pair(
        line(
            '<bpmn:userTask id="work" name="Work"><bpmn:extensionElements><spiffworkflow:postScript>x = 1'
            "</spiffworkflow:postScript></bpmn:extensionElements></bpmn:userTask>",
            ids=("work",),
        ),
        "script",
        "work",
    ),
    "repetition without a number": Pair(
        marked("<bpmn:multiInstanceLoopCharacteristics/>"), "multi-instance-count", "work", marked(repeated("3"))
    ),
    "a million repetitions": Pair(
        marked(repeated("1000000")), "too-many-instances", "work", marked(repeated("days()"))
    ),
    "loop without an end": Pair(
        marked("<bpmn:standardLoopCharacteristics/>"), "loop-without-end", "work", marked(loop(3, "amount > 3"))
    ),
    "loop with a maximum that is no number": Pair(
        marked('<bpmn:standardLoopCharacteristics loopMaximum="many"/>'), "loop-maximum", "work"
    ),
    "input specification": Pair(
        marked('<bpmn:ioSpecification><bpmn:dataInput id="i" name="i"/></bpmn:ioSpecification>'),
        "data-mapping",
        "work",
    ),
    "data worked over on their way": Pair(
        marked(f"<{_INPUT}><bpmn:transformation>amount + 1</bpmn:transformation></{_INPUT}>"),
        "data-transformation",
        "work",
    ),
    "data of nowhere": Pair(
        marked("<bpmn:dataInputAssociation><bpmn:sourceRef>gone</bpmn:sourceRef></bpmn:dataInputAssociation>"),
        "data-association",
        "work",
    ),
    "service task without an operator": Pair(
        line('<bpmn:serviceTask id="do" name="Do"/>', ids=("do",)),
        "no-operator",
        "do",
        line(operator("do", "note"), ids=("do",)),
    ),
    "operator that does not exist": Pair(line(operator("do", "format_disk"), ids=("do",)), "unknown-operator", "do"),
    "operator without what it needs": Pair(
        line(operator("do", "tell"), ids=("do",)),
        "operator-parameter-missing",
        "do",
        line(operator("do", "tell", {"whom": "product"}), ids=("do",)),
    ),
    "operator with what it does not take": Pair(
        line(operator("do", "note", {"loudly": "True"}), ids=("do",)), "operator-parameter-unknown", "do"
    ),
    "result under the name of a function": Pair(
        line(operator("do", "note", result="days"), ids=("do",)),
        "bad-result-variable",
        "do",
        line(operator("do", "note", result="answer"), ids=("do",)),
    ),
    "decision without a table": Pair(
        line('<bpmn:businessRuleTask id="rule" name="Rule"/>', ids=("rule",)),
        "no-table",
        "rule",
        line(decision("rule", "tier"), ids=("rule",)),
    ),
    "call of nothing": Pair(
        line('<bpmn:callActivity id="call" name="Call"/>', ids=("call",)),
        "no-called-process",
        "call",
        line(drawing.call("call", "elsewhere"), ids=("call",)),
    ),
    "process that calls itself": Pair(line(drawing.call("call", "p"), ids=("call",)), "calls-itself", "call"),
    "call of a process that is not executable": Pair(
        document(
            process(start(), drawing.call("call", "q"), end(), path("start", "call", "end")),
            process(start("s2"), end("e2"), path("s2", "e2"), id_="q", executable=False),
        ),
        "call-not-executable",
        "call",
    ),
    "role that does not exist": Pair(
        line(user_task("work", properties={"role": "king"}, name="Work"), ids=("work",)),
        "unknown-role",
        "work",
        line(user_task("work", properties=PERSON, name="Work"), ids=("work",)),
    ),
    "priority that is no number": Pair(
        line(user_task("work", properties={**PERSON, "priority": "high"}, name="Work"), ids=("work",)),
        "bad-priority",
        "work",
    ),
    "property without a value": Pair(
        line(
            '<bpmn:userTask id="work" name="Work"><bpmn:extensionElements><spiffworkflow:properties>'
            '<spiffworkflow:property name="role"/></spiffworkflow:properties></bpmn:extensionElements></bpmn:userTask>',
            ids=("work",),
        ),
        "bad-property",
        "work",
    ),
}
