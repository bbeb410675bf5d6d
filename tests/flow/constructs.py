"""A diagram for each way in which elements branch, join, repeat and call."""

from __future__ import annotations

from tests.flow.drawing import (
    boundary,
    call,
    catch,
    data_object,
    decision,
    document,
    end,
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
    start,
    subprocess,
    timer,
    user_task,
    writes,
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
