"""Each path through the diagrams of bpmn/: what happens, where the case then waits, and what was done on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.flow.lender import Lender, Walk

Step = Callable[[Walk], None]
WAITING = ["next_action_due", "promise_broken", "taken_up"]
PRE_WAITING = ["pre_next_action_due", "pre_order_overdue", "pre_promise_broken", "pre_taken_up"]
PARKED = ["parked_recalled", "parking_ends"]


def done(element: str, **form: object) -> Step:
    return lambda walk: walk.complete(element, **form)


def told(message: str) -> Step:
    return lambda walk: walk.deliver(message)


def due(element: str) -> Step:
    return lambda walk: walk.fire(element)


def known(**facts: object) -> Step:
    """From now on the lender knows something else."""

    def learn(walk: Walk) -> None:
        for name, value in facts.items():
            if hasattr(walk.lender, name):
                setattr(walk.lender, name, value)
            else:
                walk.lender.answers[name] = value

    return learn


@dataclass(frozen=True)
class Path:
    """What happens to a case, where it then waits, and the last operators that ran."""

    name: str
    steps: tuple[Step, ...]
    at: list[str]
    did: list[str] = field(default_factory=list)
    process: str = "collection"
    lender: dict[str, object] = field(default_factory=dict)

    def walk(self) -> Walk:
        walk = Walk(self.process, Lender(**self.lender))  # type: ignore[arg-type]
        for step in self.steps:
            step(walk)
        return walk


def path(name: str, *steps: Step, at: list[str], did: str = "", process: str = "collection", **lender: object) -> Path:
    """A path; `did` lists the last operators, with ` > ` between them; facts of the lender come last."""
    return Path(name, steps, at, did.split(" > ") if did else [], process, lender)


pre = partial(path, process="pre_collection")
request = partial(path, process="operation_request")
NO_ANSWER = done("follow_up", result_code="no_answer")
PRE_NO_ANSWER = done("pre_follow_up", result_code="no_answer")
DISPATCHED = (done("dispatch", collector_id=7),)
PRE_DISPATCHED = (done("pre_dispatch", collector_id=7),)
WAITS = (*DISPATCHED, NO_ANSWER)
OUTLIVED = (*WAITS, known(days=190, tier_rank=4, last_tier_outlived=True), due("tier_ends"))
PLACED = (*OUTLIVED, done("decide", decision="place", agency="Agency", term_days=60))
SUSPENDED = (*WAITS, told("suspend"))
PRE_SUSPENDED = (*PRE_DISPATCHED, told("suspend"))
APPROVED = done("review", decision="approve")

COLLECTION = [
    path("opens for dispatch", at=["dispatch"], did="enter_tier(M1, 1)"),
    path("opens late, in its tier", at=["dispatch"], did="enter_tier(M3, 3)", days=70),
    path(
        "opens suspended",
        known(),
        at=["review_due"],
        did="suspend(90, True)",
        reason="deceased",
        answers={"opens_suspended": True},
    ),
    path("has a collector already", at=["follow_up"], did="enter_tier(M1, 1)", collector=3),
    path("is dispatched", *DISPATCHED, at=["follow_up"], did="assign(7)"),
    path("is followed up", *WAITS, at=WAITING, did="record_follow_up()"),
    path("returns at its next action", *WAITS, due("next_action_due"), at=["follow_up"], did="record_follow_up()"),
    path("is taken up earlier", *WAITS, told("take_up"), at=["follow_up"]),
    path("returns when a promise breaks", *WAITS, told("promise_broken"), at=["follow_up"]),
    path(
        "asks for a suspension on a hold code, and waits",
        *DISPATCHED,
        done("follow_up", result_code="dispute"),
        at=WAITING,
        did="record_follow_up() > request_suspension(dispute)",
    ),
    path("is recalled by hand", *WAITS, told("recall"), at=["dispatch"], did="recall(by_hand)"),
    path(
        "outlives its tier",
        *WAITS,
        known(days=31),
        due("tier_ends"),
        at=["dispatch"],
        did="recall(escalation) > enter_tier(M2, 2)",
    ),
    path(
        "rises undispatched",
        known(days=31),
        due("tier_ends"),
        at=["dispatch"],
        did="enter_tier(M1, 1) > recall(escalation) > enter_tier(M2, 2)",
    ),
    path(
        "never falls, and keeps its collector",
        *WAITS,
        known(days=3, tier_rank=2, next_action_ahead=True),
        due("tier_ends"),
        at=WAITING,
        did="record_follow_up() > enter_tier(M1, 1)",
    ),
    path("is suspended while it waits", *SUSPENDED, at=["review_due"], did="suspend(30, False)"),
    path("is suspended undispatched", told("suspend"), at=["review_due"], did="suspend(30, False)"),
    path(
        "is suspended by a reason that blocks",
        known(reason="complaint"),
        told("suspend"),
        at=["review_due"],
        did="suspend(15, True)",
    ),
    path(
        "is suspended again for another reason",
        *SUSPENDED,
        known(reason="deceased"),
        told("suspend"),
        at=["review_due"],
        did="suspend(30, False) > suspend(90, True)",
    ),
    path(
        "is suspended again during its review",
        *SUSPENDED,
        due("review_due"),
        told("suspend"),
        at=["review_due"],
        did="suspend(30, False) > suspend(30, False)",
    ),
    path("is reviewed on its review date", *SUSPENDED, due("review_due"), at=["review_suspension"]),
    path(
        "stays suspended",
        *SUSPENDED,
        due("review_due"),
        done("review_suspension", decision="continue", review_on="2031-02-03"),
        at=["review_due"],
        did="prolong_suspension(2031-02-03)",
    ),
    path(
        "is resumed by its review",
        *SUSPENDED,
        due("review_due"),
        done("review_suspension", decision="resume"),
        at=["follow_up"],
        did="resume() > enter_tier(M1, 1)",
    ),
    path("is resumed by hand", *SUSPENDED, told("resume"), at=["follow_up"], did="resume() > enter_tier(M1, 1)"),
    path("is resumed by hand during its review", *SUSPENDED, due("review_due"), told("resume"), at=["follow_up"]),
    path("resumes and keeps its next action", *SUSPENDED, known(next_action_ahead=True), told("resume"), at=WAITING),
    path(
        "resumes in a higher tier",
        *SUSPENDED,
        known(days=65),
        told("resume"),
        at=["dispatch"],
        did="resume() > recall(escalation) > enter_tier(M3, 3)",
    ),
    path("resumes without its collector", *SUSPENDED, known(collector=None), told("resume"), at=["dispatch"]),
    path("waits for a decision past the last tier", *OUTLIVED, at=["decide"], did="record_follow_up()"),
    path(
        "goes on being worked",
        *OUTLIVED,
        known(last_tier_outlived=False),
        done("decide", decision="keep_working"),
        at=["follow_up"],
        did="review_last_tier()",
    ),
    path("is placed", *PLACED, at=PARKED, did="place(Agency, 60)"),
    path("goes to court", *OUTLIVED, done("decide", decision="legal"), at=PARKED, did="start_legal()"),
    path("is written off", *OUTLIVED, done("decide", decision="write_off"), at=PARKED, did="write_off()"),
    path("is forgiven", *OUTLIVED, done("decide", decision="forgive"), at=[], did="forgive() > close_case()"),
    path("comes back at the end of its term", *PLACED, due("parking_ends"), at=["decide"], did="unpark()"),
    path("is taken back by hand", *PLACED, told("recall"), at=["decide"], did="unpark()"),
    path(
        "is placed anew",
        *PLACED,
        told("recall"),
        done("decide", decision="legal"),
        at=PARKED,
        did="unpark() > start_legal()",
    ),
    path("is suspended while it is to be decided", *OUTLIVED, told("suspend"), at=["review_due"]),
    path("is suspended while placed", *PLACED, told("suspend"), at=["review_due"], did="suspend(30, False)"),
    path(
        "is placed again after a suspension",
        *PLACED,
        told("suspend"),
        told("resume"),
        at=PARKED,
        did="suspend(30, False) > resume()",
    ),
]

PRE_COLLECTION = [
    pre("opens for dispatch", at=["pre_dispatch"]),
    pre(
        "reminds by text alone",
        at=["pre_order_overdue"],
        did="send_text(pre_collection_reminder)",
        answers={"by_text_alone": True},
    ),
    pre(
        "opens suspended",
        at=["pre_order_overdue", "pre_review_due"],
        did="suspend(30, False)",
        answers={"opens_suspended": True},
    ),
    pre("is followed up", *PRE_DISPATCHED, PRE_NO_ANSWER, at=PRE_WAITING, did="assign(7) > record_follow_up()"),
    pre("returns at its next action", *PRE_DISPATCHED, PRE_NO_ANSWER, due("pre_next_action_due"), at=["pre_follow_up"]),
    pre("is taken up earlier", *PRE_DISPATCHED, PRE_NO_ANSWER, told("take_up"), at=["pre_follow_up"]),
    pre("returns when a promise breaks", *PRE_DISPATCHED, PRE_NO_ANSWER, told("promise_broken"), at=["pre_follow_up"]),
    pre(
        "asks for a suspension",
        *PRE_DISPATCHED,
        done("pre_follow_up", result_code="deceased"),
        at=PRE_WAITING,
        did="request_suspension(deceased)",
    ),
    pre("is recalled by hand", *PRE_DISPATCHED, told("recall"), at=["pre_dispatch"], did="recall(by_hand)"),
    pre("is suspended", *PRE_SUSPENDED, at=["pre_order_overdue", "pre_review_due"], did="suspend(30, False)"),
    pre(
        "is suspended again for another reason",
        *PRE_SUSPENDED,
        known(reason="deceased"),
        told("suspend"),
        at=["pre_order_overdue", "pre_review_due"],
        did="suspend(30, False) > suspend(90, True)",
    ),
    pre("is reviewed", *PRE_SUSPENDED, due("pre_review_due"), at=["pre_review_suspension"]),
    pre(
        "stays suspended",
        *PRE_SUSPENDED,
        due("pre_review_due"),
        done("pre_review_suspension", decision="continue", review_on="2031-02-03"),
        at=["pre_order_overdue", "pre_review_due"],
        did="prolong_suspension(2031-02-03)",
    ),
    pre(
        "is resumed by its review",
        *PRE_SUSPENDED,
        due("pre_review_due"),
        done("pre_review_suspension", decision="resume"),
        at=["pre_follow_up"],
        did="resume()",
    ),
    pre("is resumed by hand", *PRE_SUSPENDED, told("resume"), at=["pre_follow_up"], did="resume()"),
    pre("loses its last order", due("pre_order_overdue"), at=[], did="roll_over() > close_case()"),
    pre(
        "loses one order of two, and is worked on",
        *PRE_DISPATCHED,
        due("pre_order_overdue"),
        at=["pre_follow_up"],
        did="roll_over()",
        orders=2,
    ),
    pre(
        "loses both orders, one after the other",
        due("pre_order_overdue"),
        due("pre_order_overdue"),
        at=[],
        did="roll_over() > roll_over() > close_case()",
        orders=2,
    ),
    pre(
        "rolls while suspended",
        *PRE_SUSPENDED,
        due("pre_order_overdue"),
        at=[],
        did="suspend(30, False) > roll_over() > close_case()",
    ),
]

SECOND = {"request_kind": "waiver", "request_reason": "other"}
REQUESTS = [
    request("waits for a review", at=["review"]),
    request("is approved", APPROVED, at=[], did="apply_request()"),
    request("is refused", done("review", decision="refuse"), at=[], did="refuse_request()"),
    request("goes to a manager too", APPROVED, at=["second_review"], request=SECOND),
    request(
        "is approved twice",
        APPROVED,
        done("second_review", decision="approve"),
        at=[],
        did="apply_request()",
        request=SECOND,
    ),
    request(
        "is refused by the manager",
        APPROVED,
        done("second_review", decision="refuse"),
        at=[],
        did="refuse_request()",
        request=SECOND,
    ),
    request("is withdrawn", told("withdraw"), at=[], did="withdraw_request()"),
    request("is overtaken", told("overtaken"), at=[], did="overtake_request()"),
    request(
        "is withdrawn from the manager", APPROVED, told("withdraw"), at=[], did="withdraw_request()", request=SECOND
    ),
]
