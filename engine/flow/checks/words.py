"""How the checker tells a rule: how bad it is, what is wrong, what to draw instead, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from engine.flow.findings import Severity, Text


@dataclass(frozen=True)
class Rule:
    """`message` and `remedy` have places in braces that the check fills; a check may lower the severity."""

    severity: Severity
    message: Text
    remedy: Text


def error(en: str, zh: str, do_en: str, do_zh: str) -> Rule:
    """A rule that keeps the file from running."""
    return Rule("error", Text(en, zh), Text(do_en, do_zh))


def warning(en: str, zh: str, do_en: str, do_zh: str) -> Rule:
    """A rule that only warns."""
    return Rule("warning", Text(en, zh), Text(do_en, do_zh))


KINDS: dict[str, Text] = {
    "process": Text("process", "流程"),
    "startEvent": Text("start event", "开始事件"),
    "endEvent": Text("end event", "结束事件"),
    "intermediateCatchEvent": Text("catching event", "捕获事件"),
    "intermediateThrowEvent": Text("throwing event", "抛出事件"),
    "boundaryEvent": Text("boundary event", "边界事件"),
    "task": Text("plain task", "普通任务"),
    "userTask": Text("user task", "用户任务"),
    "manualTask": Text("manual task", "手工任务"),
    "serviceTask": Text("service task", "服务任务"),
    "businessRuleTask": Text("business rule task", "业务规则任务"),
    "scriptTask": Text("script task", "脚本任务"),
    "sendTask": Text("send task", "发送任务"),
    "receiveTask": Text("receive task", "接收任务"),
    "callActivity": Text("call activity", "调用活动"),
    "subProcess": Text("subprocess", "子流程"),
    "transaction": Text("transaction", "事务子流程"),
    "adHocSubProcess": Text("ad-hoc subprocess", "即席子流程"),
    "exclusiveGateway": Text("exclusive gateway", "排他网关"),
    "parallelGateway": Text("parallel gateway", "并行网关"),
    "inclusiveGateway": Text("inclusive gateway", "包容网关"),
    "eventBasedGateway": Text("event gateway", "事件网关"),
    "complexGateway": Text("complex gateway", "复杂网关"),
    "sequenceFlow": Text("flow", "顺序流"),
    "messageEventDefinition": Text("message", "消息"),
    "signalEventDefinition": Text("signal", "信号"),
    "timerEventDefinition": Text("timer", "定时器"),
    "errorEventDefinition": Text("error", "错误"),
    "escalationEventDefinition": Text("escalation", "升级"),
    "conditionalEventDefinition": Text("condition", "条件"),
    "compensateEventDefinition": Text("compensation", "补偿"),
    "cancelEventDefinition": Text("cancel", "取消"),
    "linkEventDefinition": Text("link", "链接"),
    "terminateEventDefinition": Text("terminate", "终止"),
}


def kind_text(kind: str) -> Text:
    """What a kind of element is called; one that is not known keeps BPMN's own name."""
    return KINDS.get(kind) or Text(kind, kind)
