"""Events, timers and messages that do not work, each with the way to draw it instead."""

from __future__ import annotations

from tests.flow import drawing
from tests.flow.checking import line, person
from tests.flow.drawing import (
    beside,
    boundary,
    catch,
    document,
    end,
    event_gateway,
    exclusive,
    flow,
    message,
    path,
    process,
    signal,
    signals,
    start,
    subprocess,
    throw,
    timer,
)
from tests.flow.drawing import (
    errors as declared_errors,
)
from tests.flow.pairs import (
    BODY,
    SUSPEND,
    Pair,
    after_gateway,
    declaring,
    event_subprocess,
    raw_timer,
)

PAIRS: dict[str, Pair] = {
    "event subprocess": Pair(
        event_subprocess(),
        "event-subprocess",
        "watch",
        declaring(
            SUSPEND,
            start(),
            subprocess("box", BODY),
            boundary("watch", "box", message("suspend")),
            end(),
            end("e3"),
            path("start", "box", "end"),
            path("watch", "e3"),
        ),
    ),
    "non-interrupting message": Pair(
        declaring(
            SUSPEND,
            start(),
            person("work"),
            beside("note", "work", message("suspend")),
            end(),
            end("e2"),
            path("start", "work", "end"),
            path("note", "e2"),
        ),
        "non-interrupting-message",
        "note",
        declaring(
            SUSPEND,
            start(),
            exclusive("on"),
            person("work"),
            boundary("note", "work", message("suspend")),
            end(),
            path("start", "on", "work", "end"),
            path("note", "on"),
        ),
    ),
    "boundary event that leads back to its own": Pair(
        declaring(
            SUSPEND,
            start(),
            person("work"),
            boundary("note", "work", message("suspend")),
            end(),
            path("start", "work", "end"),
            path("note", "work"),
        ),
        "boundary-to-its-own",
        "note",
    ),
    "non-interrupting signal": Pair(
        declaring(
            signals("suspend"),
            start(),
            person("work"),
            beside("note", "work", signal("suspend")),
            end(),
            end("e2"),
            path("start", "work", "end"),
            path("note", "e2"),
        ),
        "non-interrupting-message",
        "note",
        declaring(
            signals("suspend"),
            start(),
            person("work"),
            boundary("note", "work", signal("suspend")),
            end(),
            end("e2"),
            path("start", "work", "end"),
            path("note", "e2"),
        ),
    ),
    "two timers after one event gateway": Pair(
        after_gateway(catch("soon", timer("due(1)")), catch("late", timer("due(2)")), ids=("soon", "late")),
        "two-timers",
        "wait",
        after_gateway(catch("soon", timer("due(1)")), catch("back", message("resume")), ids=("soon", "back")),
    ),
    "the same message twice after one event gateway": Pair(
        after_gateway(catch("one", message("resume")), catch("two", message("resume")), ids=("one", "two")),
        "same-event-twice",
        "wait",
        after_gateway(catch("one", message("resume")), catch("two", message("suspend")), ids=("one", "two")),
    ),
    "user task after an event gateway": Pair(
        after_gateway(person("one"), catch("two", message("resume")), ids=("one", "two")),
        "event-gateway-target",
        "wait",
    ),
    "nothing after an event gateway": Pair(
        document(process(start(), event_gateway("wait"), end(), path("start", "wait"))), "event-gateway-empty", "wait"
    ),
    "link": Pair(
        line(throw("jump", '<bpmn:linkEventDefinition name="x"/>'), ids=("jump",)),
        "link-event",
        "jump",
        line(throw("passed", ""), ids=("passed",)),
    ),
    "compensation": Pair(
        line(throw("undo", "<bpmn:compensateEventDefinition/>"), ids=("undo",)), "compensation", "undo"
    ),
    "task for compensation": Pair(
        line('<bpmn:task id="undo" name="Undo" isForCompensation="true"/>', person("work"), ids=("work",)),
        "compensation",
        "undo",
    ),
    "duration": Pair(
        line(catch("later", raw_timer("timeDuration", '"PT2H"')), ids=("later",)),
        "relative-timer",
        "later",
        line(catch("later", timer("due(3)")), ids=("later",)),
    ),
    "cycle": Pair(line(catch("later", raw_timer("timeCycle", '"R3/PT2H"')), ids=("later",)), "relative-timer", "later"),
    "timer without offset": Pair(
        line(catch("later", timer('"2026-03-01T10:00:00"')), ids=("later",)),
        "timer-without-offset",
        "later",
        line(catch("later", timer('"2026-03-01T10:00:00+08:00"')), ids=("later",)),
    ),
    "timer with a date alone": Pair(
        line(catch("later", timer("today()")), ids=("later",)), "timer-without-offset", "later"
    ),
    "timer that is no text": Pair(
        line(catch("later", timer("5")), ids=("later",)),
        "timer-not-a-date",
        "later",
        line(catch("later", timer("never")), ids=("later",)),
    ),
    "timer that is a number on one side": Pair(
        line(catch("later", timer("due(1) if is_late() else days()")), ids=("later",)),
        "timer-not-a-date",
        "later",
        line(catch("later", timer("due(1) if is_late() else None")), ids=("later",)),
    ),
    "timer that is a fact": Pair(
        line(catch("later", timer("days_past_due")), ids=("later",)),
        "timer-not-a-date",
        "later",
        line(catch("later", timer("due(days_past_due) if 1 < days_past_due else None")), ids=("later",)),
    ),
    "timer that is reckoned from a fact": Pair(
        line(catch("later", timer("days_past_due + 3")), ids=("later",)),
        "timer-not-a-date",
        "later",
        line(catch("later", timer("due(days_past_due + 3)")), ids=("later",)),
    ),
    "timer with a number of days added": Pair(
        line(catch("later", timer("due(1) + 3 if is_late() else due(1)")), ids=("later",)), "timer-not-a-date", "later"
    ),
    "timer with a sign before it": Pair(
        line(catch("later", timer("-due(1)")), ids=("later",)), "timer-not-a-date", "later"
    ),
    "timer whose date is not quoted": Pair(
        line(catch("later", timer("2026-03-01T10:00:00Z")), ids=("later",)), "timer-not-a-date", "later"
    ),
    "timer without a date": Pair(
        line(catch("later", "<bpmn:timerEventDefinition/>"), ids=("later",)), "timer-empty", "later"
    ),
    "event that several wait for": Pair(
        document(
            process(
                start(),
                event_gateway("wait"),
                catch("soon", timer("due(1)")),
                exclusive("again"),
                end(),
                path("start", "wait", "soon", "again"),
                flow("again", "soon", "is_late()"),
                flow("again", "end", "not is_late()"),
            )
        ),
        "event-gateway-shared",
        "soon",
        document(
            process(
                start(),
                event_gateway("wait"),
                catch("soon", timer("due(1)")),
                exclusive("again"),
                end(),
                path("start", "wait", "soon", "again"),
                flow("again", "wait", "is_late()"),
                flow("again", "end", "not is_late()"),
            )
        ),
    ),
    "condition that nobody looks at": Pair(
        line(
            catch(
                "when",
                "<bpmn:conditionalEventDefinition><bpmn:condition>days() > 3</bpmn:condition>"
                "</bpmn:conditionalEventDefinition>".replace("> 3", "&gt; 3"),
            ),
            ids=("when",),
        ),
        "conditional-event",
        "when",
    ),
    "end with a signal": Pair(
        declaring(signals("settled"), start(), end("done", signal("settled")), path("start", "done")),
        "signal-end",
        "done",
        declaring(signals("settled"), start(), throw("tell", signal("settled")), end(), path("start", "tell", "end")),
    ),
    "error caught on the way": Pair(
        declaring(
            declared_errors("x"), start(), catch("oops", drawing.error("x")), end(), path("start", "oops", "end")
        ),
        "event-not-here",
        "oops",
        declaring(
            declared_errors("x"),
            start(),
            subprocess("box", start("s2"), end("fails", drawing.error("x")), path("s2", "fails")),
            boundary("oops", "box", drawing.error("x")),
            end(),
            end("e3"),
            path("start", "box", "end"),
            path("oops", "e3"),
        ),
    ),
    "two triggers at once": Pair(
        declaring(
            SUSPEND, start(), catch("both", message("resume") + timer("due(1)")), end(), path("start", "both", "end")
        ),
        "several-triggers",
        "both",
    ),
    "catching nothing": Pair(line(catch("hm", ""), ids=("hm",)), "catches-nothing", "hm"),
    "boundary event without a trigger": Pair(
        document(
            process(
                start(),
                person("work"),
                boundary("edge", "work", ""),
                end(),
                path("start", "work", "end"),
                path("edge", "end"),
            )
        ),
        "boundary-without-trigger",
        "edge",
    ),
    "boundary event on nothing": Pair(
        document(
            process(
                start(),
                person("work"),
                boundary("edge", "gone", timer("due(1)")),
                end(),
                path("start", "work", "end"),
                path("edge", "end"),
            )
        ),
        "boundary-on-nothing",
        "edge",
        document(
            process(
                start(),
                person("work"),
                boundary("edge", "work", timer("due(1)")),
                end(),
                path("start", "work", "end"),
                path("edge", "end"),
            )
        ),
    ),
    "flow into a boundary event": Pair(
        document(
            process(
                start(),
                person("work"),
                boundary("edge", "work", timer("due(1)")),
                end(),
                path("start", "work", "edge", "end"),
            )
        ),
        "boundary-with-incoming",
        "edge",
    ),
    "error that does not interrupt": Pair(
        declaring(
            declared_errors("x"),
            start(),
            subprocess("box", start("s2"), end("fails", drawing.error("x")), path("s2", "fails")),
            beside("oops", "box", drawing.error("x")),
            end(),
            path("start", "box", "end"),
            path("oops", "end"),
        ),
        "error-not-interrupting",
        "oops",
    ),
    "cancelling outside a transaction": Pair(
        document(process(start(), end("stop", "<bpmn:cancelEventDefinition/>"), path("start", "stop"))),
        "cancel-outside-transaction",
        "stop",
        document(
            process(
                start(),
                '<bpmn:transaction id="deal">'
                + start("s2")
                + end("stop", "<bpmn:cancelEventDefinition/>")
                + path("s2", "stop")
                + "</bpmn:transaction>",
                boundary("off", "deal", "<bpmn:cancelEventDefinition/>"),
                end(),
                path("start", "deal", "end"),
                path("off", "end"),
            )
        ),
    ),
    "message that is not declared": Pair(
        line(catch("hear", message("suspend")), ids=("hear",)),
        "undeclared-reference",
        "hear",
        declaring(SUSPEND, start(), catch("hear", message("suspend")), end(), path("start", "hear", "end")),
    ),
    "message without a name": Pair(
        declaring(
            '<bpmn:message id="m_suspend"/>',
            start(),
            catch("hear", message("suspend")),
            end(),
            path("start", "hear", "end"),
        ),
        "message-without-name",
        "hear",
    ),
    "receive task without a message": Pair(
        line('<bpmn:receiveTask id="hear" name="Hear"/>', ids=("hear",)),
        "receive-without-message",
        "hear",
        declaring(
            SUSPEND,
            start(),
            '<bpmn:receiveTask id="hear" name="Hear" messageRef="m_resume"/>',
            end(),
            path("start", "hear", "end"),
        ),
    ),
    "receive task that begins instances": Pair(
        declaring(
            SUSPEND,
            start(),
            '<bpmn:receiveTask id="hear" name="Hear" messageRef="m_resume" instantiate="true"/>',
            end(),
            path("start", "hear", "end"),
        ),
        "instantiating",
        "hear",
    ),
    "correlation left half done": Pair(
        document(process(start(), end(), path("start", "end")), '<bpmn:correlationProperty id="key"/>'),
        "correlation",
        "key",
    ),
}
