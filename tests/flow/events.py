"""A diagram for each way in which events interrupt, end, wait and speak to one another."""

from __future__ import annotations

from tests.flow.drawing import (
    beside,
    boundary,
    catch,
    document,
    end,
    error,
    errors,
    escalation,
    escalations,
    event_gateway,
    exclusive,
    flow,
    message,
    messages,
    operator,
    parallel,
    path,
    process,
    signal,
    signals,
    start,
    subprocess,
    terminate,
    throw,
    timer,
    user_task,
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
