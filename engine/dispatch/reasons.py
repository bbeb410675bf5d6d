"""Why a case of a batch was left as it was, or not undone: codes kept with the item, and what people read."""

from __future__ import annotations

from enum import StrEnum

from engine.flow.findings import Text
from engine.models import Status


class Reason(StrEnum):
    """The codes."""

    NO_GROUP = "no_group"
    NO_MEMBERS = "no_members"
    NOT_IN_GROUP = "not_in_group"
    ABSENT = "absent"
    FULL = "full"
    OUT_OF_SCOPE = "out_of_scope"
    ASSIGNED = "assigned"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    NOT_WAITING = "not_waiting"
    FAILED = "failed"
    WORKED = "worked"
    MOVED = "moved"
    WAITS = "waits"
    NOBODYS = "nobodys"
    NOBODY_ELSE = "nobody_else"
    NOT_RECALLABLE = "not_recallable"


TEXTS: dict[Reason, Text] = {
    Reason.NO_GROUP: Text(en="No group looks after this product and tier", zh="没有小组负责该产品和等级"),
    Reason.NO_MEMBERS: Text(en="The group has no active collector", zh="负责的小组没有在职催收员"),
    Reason.NOT_IN_GROUP: Text(en="Nobody named is in the group responsible", zh="指定的人员不在负责的小组内"),
    Reason.ABSENT: Text(en="Everybody who could take it is absent", zh="可接案的人员今日均缺勤"),
    Reason.FULL: Text(en="Everybody who could take it has as many cases as they can have", zh="可接案的人员均已满额"),
    Reason.OUT_OF_SCOPE: Text(en="It is not one of your groups' cases", zh="不属于您所管小组的案件"),
    Reason.ASSIGNED: Text(en="It has a collector by now", zh="案件已有催收员"),
    Reason.SUSPENDED: Text(en="It is suspended", zh="案件已停催"),
    Reason.CLOSED: Text(en="It is closed", zh="案件已结案"),
    Reason.NOT_WAITING: Text(en="It does not wait for dispatch any more", zh="案件已不在待派单状态"),
    Reason.FAILED: Text(en="It failed; see the incidents", zh="处理出错，详见异常列表"),
    Reason.WORKED: Text(en="It has been worked since", zh="案件派出后已有跟进"),
    Reason.MOVED: Text(en="It is with somebody else by now, or with nobody", zh="案件已改派、回收或离开原催收员"),
    Reason.WAITS: Text(en="It waits for dispatch", zh="案件待派单"),
    Reason.NOBODYS: Text(en="Nobody has it", zh="案件没有催收员"),
    Reason.NOBODY_ELSE: Text(en="Nobody but whoever has it could take it", zh="除现任催收员外没有可接案的人员"),
    Reason.NOT_RECALLABLE: Text(en="It cannot be recalled where it stands", zh="案件当前状态不能回收"),
}
WHY_NOT_WAITING = {
    Status.SUSPENDED: Reason.SUSPENDED,
    Status.CLOSED: Reason.CLOSED,
    Status.IN_WORK: Reason.ASSIGNED,
}
WHY_NOT_HELD = {Status.TO_DISPATCH: Reason.WAITS, Status.CLOSED: Reason.CLOSED}


def text_of(code: str) -> Text:
    """What people read for an item's reason; a refusal without words of its own is named."""
    if code in TEXTS:
        return TEXTS[Reason(code)]
    return Text(en=f"It was refused ({code})", zh=f"处理被拒绝（{code}）")
