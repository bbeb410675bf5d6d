"""The diagrams the kernel is walked over: both lifecycles in small, and one for each construct they may use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from xml.sax.saxutils import escape

from tests.flow.drawing import (
    beside,
    boundary,
    call,
    catch,
    data_object,
    decision,
    document,
    end,
    error,
    errors,
    escalation,
    escalations,
    event_gateway,
    exclusive,
    flow,
    inclusive,
    loop,
    message,
    messages,
    operator,
    over,
    parallel,
    path,
    process,
    reads,
    repeated,
    signal,
    signals,
    start,
    subprocess,
    terminate,
    throw,
    timer,
    user_task,
    writes,
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


def nested() -> bytes:
    """Subprocess in subprocess, boundaries on each and on a user task, round a loop."""
    inner = subprocess(
        "inner",
        start("i_start"),
        user_task("work"),
        boundary("work_late", "work", timer("due('work')")),
        user_task("hurry"),
        end("i_end"),
        path("i_start", "work", "i_end"),
        path("work_late", "hurry", "i_end"),
    )
    outer = subprocess(
        "outer",
        start("o_start"),
        exclusive("into"),
        inner,
        boundary("inner_late", "inner", timer("due('inner')")),
        boundary("inner_cut", "inner", message("cut")),
        user_task("check"),
        end("o_end"),
        exclusive("again", "enough"),
        path("o_start", "into", "inner", "again"),
        flow("again", "o_end", id_="enough"),
        flow("again", "into", "flag('again')"),
        path("inner_late", "check", "into"),
        path("inner_cut", "into"),
    )
    return document(
        process(
            start(),
            outer,
            boundary("stop", "outer", message("stop")),
            end(),
            end("stopped"),
            path("start", "outer", "end"),
            path("stop", "stopped"),
        ),
        messages("cut", "stop"),
    )


def gateway_loop() -> bytes:
    """An event gateway in a loop, one way out."""
    return document(
        process(
            start(),
            exclusive("into"),
            event_gateway("listen"),
            catch("rang", message("ring")),
            catch("passed", timer("due('pass')")),
            catch("ended", message("stop")),
            operator("mark", "note", {"what": "'mark'"}, "marked"),
            end(),
            path("start", "into", "listen", "rang", "mark", "into"),
            path("listen", "passed", "into"),
            path("listen", "ended", "end"),
        ),
        messages("ring", "stop"),
    )


def fork_join() -> bytes:
    """Fork and join in a subprocess that is entered again and again, with loops inside a branch."""
    both = subprocess(
        "both",
        start("b_start"),
        parallel("fork"),
        user_task("left"),
        exclusive("left_into"),
        exclusive("left_again", "left_done"),
        user_task("middle"),
        user_task("far"),
        user_task("right"),
        operator("mark", "note", {"what": "'right'"}, "right_marked"),
        parallel("join"),
        user_task("after"),
        end("b_end"),
        path("b_start", "fork", "left_into", "left", "left_again"),
        flow("left_again", "join", id_="left_done"),
        flow("left_again", "left_into", "flag('left_again')"),
        path("fork", "middle", "join"),
        path("fork", "right", "mark", "join", "after", "b_end"),
        path("fork", "far", "join"),
    )
    return document(
        process(
            start(),
            exclusive("into"),
            both,
            exclusive("again", "enough"),
            end(),
            path("start", "into", "both", "again"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


def inclusive_choice() -> bytes:
    """An inclusive gateway that opens one to three branches, and its join, in a subprocess in a loop."""
    some = subprocess(
        "some",
        start("s_start"),
        inclusive("open", "always"),
        user_task("one"),
        user_task("two"),
        user_task("three"),
        inclusive("close", "closed"),
        user_task("after"),
        end("s_end"),
        path("s_start", "open"),
        flow("open", "one", "flag('one')"),
        flow("open", "two", "flag('two')"),
        flow("open", "three", id_="always"),
        path("one", "close"),
        path("two", "close"),
        path("three", "close"),
        flow("close", "after", id_="closed"),
        path("after", "s_end"),
    )
    return document(
        process(
            start(),
            exclusive("into"),
            some,
            exclusive("again", "enough"),
            end(),
            path("start", "into", "some", "again"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


def several_at_once() -> bytes:
    """Parallel multi-instance: of a user task with a completion condition, and of a subprocess."""
    each = subprocess(
        "each",
        start("e_start"),
        user_task("step"),
        exclusive("more", "no_more"),
        end("e_end"),
        path("e_start", "step", "more"),
        flow("more", "e_end", id_="no_more"),
        flow("more", "step", "flag('more')"),
        inner=repeated("number('many')"),
    )
    return document(
        process(
            start(),
            exclusive("into"),
            user_task("vote", repeated("3", until="flag('voted')")),
            each,
            exclusive("again", "enough"),
            end(),
            path("start", "into", "vote", "each", "again"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


def one_after_another() -> bytes:
    """Sequential multi-instance and a standard loop, both in a loop."""
    return document(
        process(
            start(),
            exclusive("into"),
            user_task("step", repeated("number('many') + 1", sequential=True)),
            user_task("round", loop(3, "flag('round')")),
            boundary("late", "round", timer("due('round')")),
            exclusive("again", "enough"),
            end(),
            path("start", "into", "step", "round", "again"),
            path("late", "again"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


def called() -> bytes:
    """A call activity, called from two places, interrupted or not; its process calls another."""
    return document(
        process(
            start(),
            exclusive("into"),
            call("first", "helper"),
            boundary("first_cut", "first", message("cut")),
            user_task("between"),
            call("second", "helper"),
            exclusive("again", "enough"),
            end(),
            path("start", "into", "first", "between", "second", "again"),
            path("first_cut", "second"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        ),
        process(
            start("h_start"),
            user_task("ask"),
            call("deeper", "deep"),
            end("h_end"),
            path("h_start", "ask", "deeper", "h_end"),
            id_="helper",
        ),
        process(
            start("d_start"),
            catch("hear", message("answer")),
            operator("keep", "note", {"what": "'kept'"}, "kept"),
            end("d_end"),
            path("d_start", "hear", "keep", "d_end"),
            id_="deep",
        ),
        messages("cut", "answer"),
    )


def ends() -> bytes:
    """Escalation, error and terminate ends of a subprocess, each caught where it belongs."""
    risky = subprocess(
        "risky",
        start("r_start"),
        user_task("try_it"),
        exclusive("how", "well"),
        end("fine"),
        end("raised", escalation("raise")),
        end("failed", error("fail")),
        end("cut_off", terminate()),
        path("r_start", "try_it", "how"),
        flow("how", "fine", id_="well"),
        flow("how", "raised", "flag('raise')"),
        flow("how", "failed", "flag('fail')"),
        flow("how", "cut_off", "flag('cut')"),
    )
    return document(
        process(
            start(),
            exclusive("into"),
            risky,
            boundary("caught_raise", "risky", escalation("raise")),
            boundary("caught_fail", "risky", error("fail")),
            user_task("look"),
            exclusive("again", "enough"),
            end(),
            path("start", "into", "risky", "again"),
            path("caught_raise", "look", "again"),
            path("caught_fail", "into"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        ),
        escalations("raise"),
        errors("fail"),
    )


def signalled() -> bytes:
    """A signal thrown in one branch and caught in another; a message thrown to nobody."""
    return document(
        process(
            start(),
            parallel("fork"),
            exclusive("into"),
            user_task("prepare"),
            throw("give", signal("go")),
            throw("tell", message("told")),
            exclusive("again", "enough"),
            end("e_sent"),
            exclusive("listen"),
            catch("got", signal("go")),
            user_task("react"),
            exclusive("more", "no_more"),
            end("e_got"),
            path("start", "fork", "into", "prepare", "give", "tell", "again"),
            flow("again", "e_sent", id_="enough"),
            flow("again", "into", "flag('again')"),
            path("fork", "listen", "got", "react", "more"),
            flow("more", "e_got", id_="no_more"),
            flow("more", "listen", "flag('more')"),
        ),
        signals("go"),
        messages("told"),
    )


def back_edges() -> bytes:
    """Loops in loops with data that changes, goes and comes."""
    return document(
        process(
            start(),
            exclusive("a"),
            user_task("first"),
            exclusive("b"),
            user_task("second"),
            operator("sum_up", "note", {"what": "number('x')"}, "summed"),
            exclusive("inner", "onward"),
            exclusive("outer", "out"),
            end(),
            path("start", "a", "first", "b", "second", "sum_up", "inner"),
            flow("inner", "outer", id_="onward"),
            flow("inner", "b", "flag('inner')"),
            flow("outer", "end", id_="out"),
            flow("outer", "a", "flag('outer')"),
        )
    )


def decided() -> bytes:
    """Data through a decision table, which steers what comes next, round a loop."""
    return document(
        process(
            start(),
            exclusive("into"),
            user_task("state_days"),
            decision("classify", "case_tier"),
            exclusive("which", "mild"),
            user_task("easy"),
            user_task("hard"),
            exclusive("again", "enough"),
            end(),
            path("start", "into", "state_days", "classify", "which"),
            flow("which", "easy", id_="mild"),
            flow("which", "hard", "rank > 2"),
            path("easy", "again"),
            path("hard", "again"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


def reminded() -> bytes:
    """A timer that does not interrupt, and three boundaries on one user task, round a loop."""
    return document(
        process(
            start(),
            exclusive("into"),
            user_task("answer"),
            beside("remind", "answer", timer("due('remind')")),
            operator("nudge", "note", {"what": "'nudge'"}, "nudged"),
            user_task("call_too"),
            end("nudged_end"),
            boundary("late", "answer", timer("due('late')")),
            boundary("withdrawn", "answer", message("withdraw")),
            boundary("called_off", "answer", signal("off")),
            user_task("cope"),
            exclusive("again", "enough"),
            end(),
            path("start", "into", "answer", "again"),
            path("remind", "nudge", "call_too", "nudged_end"),
            path("late", "cope", "again"),
            path("withdrawn", "again"),
            path("called_off", "cope"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        ),
        messages("withdraw"),
        signals("off"),
    )


def spawning() -> bytes:
    """A loop each round of which leaves a branch behind that has its own time."""
    return document(
        process(
            start(),
            exclusive("into"),
            user_task("lead"),
            parallel("fork"),
            user_task("aside"),
            end("e_aside"),
            exclusive("again", "enough"),
            end(),
            path("start", "into", "lead", "fork", "again"),
            path("fork", "aside", "e_aside"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


def gathered() -> bytes:
    """One user task for each item of a list, at once and one after another; results gathered in lists."""
    return document(
        process(
            start(),
            user_task("at_once", over("items", "item", "answers", "answer")),
            user_task("in_turn", over("items", "item", "more_answers", "answer", sequential=True)),
            user_task("look"),
            end(),
            path("start", "at_once", "in_turn", "look", "end"),
        )
    )


def with_data_object() -> bytes:
    """A data object that one user task writes, another reads, a gateway asks for, in a subprocess too."""
    inside = subprocess(
        "inside",
        data_object("kept"),
        start("i_start"),
        user_task("inner_write", writes("kept")),
        user_task("inner_read", reads("kept")),
        end("i_end"),
        path("i_start", "inner_write", "inner_read", "i_end"),
    )
    return document(
        process(
            data_object("answer"),
            start(),
            exclusive("into"),
            user_task("write", writes("answer")),
            exclusive("which", "other"),
            user_task("read", reads("answer")),
            inside,
            exclusive("again", "enough"),
            end(),
            path("start", "into", "write", "which"),
            flow("which", "read", "answer == 1"),
            flow("which", "inside", id_="other"),
            path("read", "again"),
            path("inside", "again"),
            flow("again", "end", id_="enough"),
            flow("again", "into", "flag('again')"),
        )
    )


ALL: dict[str, Callable[[], bytes]] = {
    "collection": collection,
    "pre_collection": pre_collection,
    "nested": nested,
    "gateway_loop": gateway_loop,
    "fork_join": fork_join,
    "inclusive_choice": inclusive_choice,
    "several_at_once": several_at_once,
    "one_after_another": one_after_another,
    "called": called,
    "ends": ends,
    "signalled": signalled,
    "back_edges": back_edges,
    "decided": decided,
    "collection_decided": partial(collection, decided=True),
    "reminded": reminded,
    "spawning": spawning,
    "gathered": gathered,
    "with_data_object": with_data_object,
}


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
