"""Rules on the shape of a diagram: processes, starts and ends, flows, gateways, joins, ids, names and drawing."""

from __future__ import annotations

from engine.flow.checks.words import Rule, error, warning

SHAPE: dict[str, Rule] = {
    "no-process": error(
        "The file has no process, so there is nothing to run.",
        "文件中没有流程，无可运行的内容。",
        "Draw a process with a start event; collaborations and choreographies alone do not run.",
        "请画一个带开始事件的流程；仅有协作图或编排图不能运行。",
    ),
    "not-executable": error(
        "The {it} is not marked as executable, so it would silently not exist.",
        "{it}未标记为可执行，运行时会被静默忽略。",
        'Set isExecutable="true" on it ("Executable" in the properties of the process or pool).',
        "请将其 isExecutable 设为 true（流程或泳池属性中的“可执行”）。",
    ),
    "executable-unsaid": warning(
        "The {it} does not say whether it is executable; it is taken to be.",
        "{it}未说明是否可执行，按可执行处理。",
        'Set isExecutable="true" on it, or "false" if it is only a picture.',
        "请将 isExecutable 设为 true；若仅作说明请设为 false。",
    ),
    "no-start": error(
        "The {it} has no start event.",
        "{it}没有开始事件。",
        "Draw one start event and a flow from it to the first element.",
        "请画一个开始事件，并连到第一个元素。",
    ),
    "several-starts": error(
        "The {it} has {count} start events; it is not clear which one an instance begins with.",
        "{it}有 {count} 个开始事件，无法确定从哪一个开始。",
        "Keep one start event; lead its flow into a gateway that decides which way to go, or draw a process for each.",
        "请只保留一个开始事件，用网关决定走向；或为每种开始方式各画一个流程。",
    ),
    "no-end": error(
        "The {it} has no end event.",
        "{it}没有结束事件。",
        "End each branch in an end event.",
        "请让每个分支以结束事件收尾。",
    ),
    "empty-subprocess": error(
        "The {it} is empty: a collapsed box with nothing in it cannot run.",
        "{it}是空的：折叠且无内容的框不能运行。",
        "Draw its content (start event, elements, end event), or make it a task or a call activity.",
        "请画出其内容（开始事件、元素、结束事件），或改为任务或调用活动。",
    ),
    "dead-end": error(
        "Nothing follows the {it}: the case would hang there, neither waiting nor ended.",
        "{it}之后没有任何元素：案件会停在此处，既不等待也不结束。",
        "Draw a flow from it to an end event.",
        "请从它连到一个结束事件。",
    ),
    "unreachable": warning(
        "No flow leads from the start to the {it}: it never runs.",
        "从开始事件无法到达{it}，它永远不会运行。",
        "Connect it, or remove it.",
        "请连接它，或删除它。",
    ),
    "never-ends": error(
        "From the {it} there is no way to an end, and nothing on the way waits: it would run for ever.",
        "从{it}出发无法到达结束，途中也没有等待点：会无限运行。",
        "Give the loop a way out by a gateway with a condition, or a place to wait (a user task, a timer, a message).",
        "请用带条件的网关给循环一个出口，或加入等待点（用户任务、定时器、消息）。",
    ),
    "start-with-incoming": error(
        "A flow leads into the {it}, which can only begin.",
        "有顺序流指向{it}，而开始事件只能作为起点。",
        "Lead the flow to the element after the start event instead.",
        "请将该顺序流改为指向开始事件之后的元素。",
    ),
    "after-end": error(
        "A flow leaves the {it}; after an end event nothing may follow.",
        "有顺序流从{it}出发；结束事件之后不能再有元素。",
        "Make it an intermediate event, or remove the flow.",
        "请改为中间事件，或删除该顺序流。",
    ),
    "dangling-flow": error(
        "The {it} leads {way} {other}, which is not in the diagram.",
        "{it}{way} {other}，而图中没有该元素。",
        "Connect both ends of the flow to elements, or delete it.",
        "请将顺序流两端都连到元素上，或删除它。",
    ),
    "flow-crosses-border": error(
        "The {it} crosses the border of a subprocess.",
        "{it}跨越了子流程边界。",
        "End the branch inside the subprocess with an end event, and draw the flow from the subprocess itself.",
        "请在子流程内以结束事件收尾，再从子流程本身画出顺序流。",
    ),
    "implicit-split": error(
        "{count} flows leave the {it}; only gateways may split the way.",
        "有 {count} 条顺序流从{it}出发；只有网关可以分流。",
        "Lead one flow to a gateway: parallel for all ways at once, exclusive for one of them.",
        "请先连到网关：并行网关同时走所有分支，排他网关只走一个分支。",
    ),
    "conditional-flow": error(
        "The {it} has a condition, but leaves no exclusive or inclusive gateway: it would be ignored.",
        "{it}带有条件，但不是从排他或包容网关出发，条件会被忽略。",
        "Put an exclusive gateway before it, with the condition on the gateway's flow.",
        "请在其前面加一个排他网关，把条件写在网关的顺序流上。",
    ),
    "condition-missing": error(
        "The {it} leaves the {gateway} without a condition and is not its default.",
        "从{gateway}出发的{it}没有条件，也不是默认流。",
        "Write a condition on the flow, or make it the gateway's default flow.",
        "请为该顺序流写条件，或设为网关的默认流。",
    ),
    "no-default": warning(
        "The {it} has no default flow: when no condition holds, the case stops with an incident.",
        "{it}没有默认流：所有条件都不成立时案件会中断并生成异常。",
        "Mark one of its flows as the default flow.",
        "请将其中一条顺序流设为默认流。",
    ),
    "default-unknown": error(
        "The default flow {flow} of the {it} does not leave it.",
        "{it}的默认流 {flow} 并非从它出发。",
        "Choose one of its own flows as default.",
        "请在它自己的顺序流中选择默认流。",
    ),
    "join-in-loop": error(
        "The {it} joins branches inside a loop: on the second pass it lets a single branch through.",
        "{it}在循环中汇合分支：第二轮时只到一个分支就会放行。",
        "Put the fork and its join into a subprocess, and let the loop go around that subprocess.",
        "请把分叉和汇合放进一个子流程，让循环绕过该子流程。",
    ),
    "join-hangs": error(
        "The {it} waits for all its branches, but the {gateway} before it sends the case along only one of them.",
        "{it}等待所有分支，但它前面的{gateway}只会走其中一个分支，因此永远等不齐。",
        "Join the branches of an exclusive choice with an exclusive gateway.",
        "请用排他网关汇合排他选择的各分支。",
    ),
    "complex-gateway": error(
        "The {it} cannot run.",
        "{it}无法运行。",
        "Say what it means with exclusive, inclusive and parallel gateways.",
        "请用排他、包容和并行网关表达其含义。",
    ),
    "ad-hoc-subprocess": error(
        "The {it} cannot run: its elements have no order.",
        "{it}无法运行：其中的元素没有顺序。",
        "Draw an ordinary subprocess; for work in any order a parallel fork, or one user task that comes back.",
        "请画普通子流程；任意顺序的工作可用并行分叉，或用一个重复出现直到完成的用户任务。",
    ),
    "unsupported-element": error(
        "The {it} is not an element that can run.",
        "{it}不是可运行的元素。",
        "Draw it with tasks, events, gateways, subprocesses and call activities.",
        "请改用任务、事件、网关、子流程和调用活动。",
    ),
    "event-subprocess": error(
        "The {it} is an event subprocess: it never interrupts, and its first trigger damages every other case.",
        "{it}是事件子流程：它不会中断流程，且首次触发会影响所有其他案件。",
        "Put what it watches into a subprocess with a boundary event, and draw what it does after that event.",
        "请把它所监视的元素放进一个带边界事件的子流程，并在该边界事件之后画出处理步骤。",
    ),
    "compensation": error(
        "The {it} uses compensation, which cannot run.",
        "{it}使用了补偿，无法运行。",
        "Draw the undoing as ordinary tasks after an error, escalation or message boundary event.",
        "请把撤销步骤画成错误、升级或消息边界事件之后的普通任务。",
    ),
    "too-many-elements": error(
        "The {it} has {count} elements side by side; more than {limit} can neither be read nor run.",
        "{it}同一层有 {count} 个元素；超过 {limit} 个既难以阅读也无法运行。",
        "Move parts of it into subprocesses or into processes of their own, joined by call activities.",
        "请把一部分移到子流程，或拆成多个流程并用调用活动连接。",
    ),
    "missing-id": error(
        "A {kind} inside {where} has no id.",
        "{where} 中有一个{kind}没有标识（id）。",
        "Give it an id; every modeller does so when the file is saved again.",
        "请为其设置标识；在建模工具中重新保存即可。",
    ),
    "invalid-id": error(
        "The id {id} is not valid: it may hold letters, digits, - _ . and begins with a letter or _.",
        "标识 {id} 无效：只能包含字母、数字、- _ .，并以字母或 _ 开头。",
        "Change the id.",
        "请修改标识。",
    ),
    "reserved-id": error(
        "The id {id} is used by the engine itself.",
        "标识 {id} 已被引擎占用。",
        "Choose another id, such as {id}_1.",
        "请改用其他标识，例如 {id}_1。",
    ),
    "duplicate-id": error(
        "The id {id} is used {count} times in the file.",
        "标识 {id} 在文件中出现了 {count} 次。",
        "Give every element an id of its own.",
        "请为每个元素设置唯一的标识。",
    ),
    "unnamed": warning(
        "The {it} has no name.",
        "{it}没有名称。",
        "Name activities by verb and object, such as “Follow up”; people see the name in their work list.",
        "请用动宾短语命名活动，例如“跟进客户”；名称会显示在工作列表中。",
    ),
    "untranslated": warning(
        "The {it} has no {language} label.",
        "{it}没有{language}名称。",
        "Add the property {property} with its name in that language.",
        "请添加属性 {property}，填写该语言的名称。",
    ),
    "not-drawn": warning(
        "{count} elements of the {it} have no place in the drawing, such as {which}: they would not be seen.",
        "{it}有 {count} 个元素没有图形位置，例如 {which}：界面上看不到它们。",
        "Open the file in a modeller, lay it out and save it.",
        "请在建模工具中打开、排版并保存。",
    ),
    "only-a-picture": warning(
        "The {it} is not executable beside one that is: it is taken as a picture and not checked.",
        "{it}不可执行，而文件中另有可执行流程：它仅作为说明，不做检查。",
        "If it should run too, set isExecutable to true.",
        "如果它也需要运行，请将 isExecutable 设为 true。",
    ),
}
