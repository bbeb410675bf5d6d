"""The two lifecycles in small, and the table of tiers."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.flow.drawing import (
    boundary,
    catch,
    decision,
    document,
    end,
    event_gateway,
    exclusive,
    flow,
    message,
    messages,
    operator,
    parallel,
    path,
    process,
    start,
    subprocess,
    terminate,
    timer,
    user_task,
)


def collection(*, decided: bool = False) -> bytes:
    """Tiers with dispatch and follow-ups, recall, suspension, the last tier's decision, settlement from any state."""
    work = subprocess(
        "work_tier",
        start("w_start"),
        exclusive("has_collector", "to_dispatch"),
        user_task("dispatch"),
        exclusive("on"),
        user_task("follow_up"),
        operator("record", "note", {"what": "'record'"}, "recorded"),
        exclusive("stop", "go_on"),
        event_gateway("wait_next"),
        catch("next_due", timer("due('next')")),
        catch("taken_up", message("take_up")),
        catch("promise_broken", message("promise_broken")),
        end("w_end"),
        path("w_start", "has_collector"),
        flow("has_collector", "dispatch", id_="to_dispatch"),
        flow("has_collector", "on", "flag('has_collector')"),
        path("dispatch", "on", "follow_up", "record", "stop"),
        flow("stop", "wait_next", id_="go_on"),
        flow("stop", "w_end", "flag('stop')"),
        path("wait_next", "next_due", "on"),
        path("wait_next", "taken_up", "on"),
        path("wait_next", "promise_broken", "on"),
    )
    life = subprocess(
        "open_case",
        start("l_start"),
        decision("classify", "case_tier") if decided else operator("classify", "note", {"what": "'tier'"}, "tier"),
        exclusive("outlived", "not_outlived"),
        operator("enter_tier", "note", {"what": "'enter'"}, "entered"),
        user_task("decide"),
        work,
        boundary("tier_ends", "work_tier", timer("due('tier')")),
        boundary("on_suspend", "work_tier", message("suspend")),
        boundary("on_recall", "work_tier", message("recall")),
        operator("recall", "note", {"what": "'recall'"}, "recalled"),
        operator("suspend", "note", {"what": "'suspend'"}, "suspended"),
        event_gateway("suspended_wait"),
        catch("resumed", message("resume")),
        catch("review_due", timer("due('review')")),
        operator("resume", "note", {"what": "'resume'"}, "resumed_with"),
        end("l_end"),
        path("l_start", "classify", "outlived"),
        flow("outlived", "enter_tier", id_="not_outlived"),
        flow("outlived", "decide", "flag('outlived')"),
        path("decide", "enter_tier", "work_tier", "l_end"),
        path("tier_ends", "classify"),
        path("on_recall", "recall", "work_tier"),
        path("on_suspend", "suspend", "suspended_wait", "resumed", "resume", "classify"),
        path("suspended_wait", "review_due", "resume"),
    )
    return document(
        process(
            start(),
            life,
            boundary("on_settled", "open_case", message("settled")),
            boundary("on_closed", "open_case", message("close")),
            operator("close_case", "note", {"what": "'close'"}, "closed"),
            end(),
            path("start", "open_case", "close_case", "end"),
            path("on_settled", "close_case"),
            path("on_closed", "close_case"),
        ),
        messages("take_up", "promise_broken", "suspend", "recall", "resume", "settled", "close"),
    )


def pre_collection() -> bytes:
    """A work loop and a watch loop side by side, ended by terminate, no join."""
    life = subprocess(
        "open_case",
        start("o_start"),
        parallel("fork"),
        user_task("dispatch"),
        exclusive("on"),
        user_task("follow_up"),
        event_gateway("wait_next"),
        catch("next_due", timer("due('next')")),
        catch("taken_up", message("take_up")),
        exclusive("watch"),
        catch("overdue", timer("due('overdue')")),
        operator("roll", "note", {"what": "'roll'"}, "rolled_over"),
        exclusive("left", "none_left"),
        end("rolled", terminate()),
        path("o_start", "fork", "dispatch", "on", "follow_up", "wait_next", "next_due", "on"),
        path("wait_next", "taken_up", "on"),
        path("fork", "watch", "overdue", "roll", "left"),
        flow("left", "rolled", id_="none_left"),
        flow("left", "watch", "flag('left')"),
    )
    return document(
        process(
            start(),
            life,
            boundary("on_settled", "open_case", message("settled")),
            end("e_rolled"),
            end("e_settled"),
            path("start", "open_case", "e_rolled"),
            path("on_settled", "e_settled"),
        ),
        messages("take_up", "settled"),
    )


def tier_table(*cells: str) -> bytes:
    """The table `case_tier` over `days`: one cell per tier, M1 onwards; gives `tier` and `rank`."""
    rules = "".join(
        f'<rule id="rule_{rank}"><inputEntry id="in_{rank}"><text>{escape(cell)}</text></inputEntry>'
        f'<outputEntry id="tier_{rank}"><text>"M{rank}"</text></outputEntry>'
        f'<outputEntry id="rank_{rank}"><text>{rank}</text></outputEntry></rule>'
        for rank, cell in enumerate(cells, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://dunflow/t">'
        '<decision id="case_tier" name="Tier of a case"><decisionTable id="case_tier_table" hitPolicy="UNIQUE">'
        '<input id="days_in" label="days"><inputExpression id="days_expr" typeRef="integer"><text>days</text>'
        '</inputExpression></input><output id="tier_out" name="tier" typeRef="string"/>'
        f'<output id="rank_out" name="rank" typeRef="integer"/>{rules}</decisionTable></decision></definitions>'
    ).encode()
