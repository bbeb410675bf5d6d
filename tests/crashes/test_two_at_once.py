"""Two who do one thing at the same moment: one wins, the other is told, and it is done once."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import acts, clock, dispatch, intake
from engine.errors import DunflowError
from engine.models import Assignment, Case, FollowUp, LoanOrder, Method, User, UserTask
from engine.settings import Settings
from engine.sweep import sweep
from engine.wiring import Dunflow, build
from tests.cast import Cast
from tests.crashes.invariants import broken
from tests.crashes.people import DONE, Browser, is_up
from tests.dispatch.world import a_lender, overdue
from tests.processes import ROOT, environment, eventually, free_port

ROUNDS = 12
Act = Callable[[Session], object]


@pytest.fixture
def cast(dunflow: Dunflow) -> Cast:
    return a_lender(dunflow.sessions)


@pytest.fixture
def in_work(dunflow: Dunflow, cast: Cast) -> list[int]:
    """Cases that wait for their follow-up."""
    cases = overdue(dunflow.sessions, ["100"] * ROUNDS)
    with dunflow.writing() as session:
        actor = session.get_one(User, cast.supervisor.id)
        batch_id = dispatch.create(session, actor, dispatch.Request(Method.EVENLY, tuple(cases))).id
    dispatch.run_batch(dunflow.sessions, batch_id)
    return cases


def at_once(dunflow: Dunflow, *wanted: Act) -> list[str]:
    """Each act in a thread and a transaction of its own, begun together; how each ended: "" or the error's code."""
    ends = [""] * len(wanted)
    barrier = threading.Barrier(len(wanted))

    def do(place: int) -> None:
        barrier.wait()
        try:
            with dunflow.writing() as session:
                wanted[place](session)
        except DunflowError as error:
            ends[place] = error.code

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(wanted))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return ends


def task_of(dunflow: Dunflow, case_id: int, element: str = "follow_up") -> UserTask:
    with dunflow.sessions() as session:
        query = select(UserTask).where(UserTask.business_key == case_id, UserTask.element == element)
        return session.scalars(query).one()


def follow_up(task_id: int, actor_id: int | None) -> Act:
    form = {"result_code": "no_answer", "next_action_on": (clock.today() + dt.timedelta(days=3)).isoformat()}
    return lambda session: acts.complete_task(session, task_id, form, actor_id=actor_id)


def counted(dunflow: Dunflow, case_id: int) -> tuple[int, int]:
    with dunflow.sessions() as session:
        rows = session.scalar(select(func.count(FollowUp.id)).where(FollowUp.case_id == case_id)) or 0
        return rows, session.get_one(Case, case_id).follow_up_count


def sound(dunflow: Dunflow) -> None:
    with dunflow.sessions() as session:
        assert broken(session) == []


def test_of_two_threads_at_one_task_one_wins(dunflow: Dunflow, in_work: list[int]) -> None:
    for case_id in in_work:
        task = task_of(dunflow, case_id)
        ends = at_once(dunflow, *[follow_up(task.id, task.assignee_id)] * 2)
        assert sorted(ends) == ["", "TaskGone"]
        assert counted(dunflow, case_id) == (1, 1)
    sound(dunflow)


def test_of_two_processes_at_one_task_one_wins(settings: Settings, dunflow: Dunflow, in_work: list[int]) -> None:
    tasks = [(task.id, task.assignee_id) for task in (task_of(dunflow, each) for each in in_work)]
    dunflow.close()  # no connection is to be shared over the forks
    here = multiprocessing.get_context("fork")
    barrier, ends = here.Barrier(3), here.Queue()
    twins = [here.Process(target=_twin, args=(settings, tasks, barrier, ends)) for _ in range(3)]
    for each in twins:
        each.start()
    told = Counter(ends.get(timeout=60) for _ in range(3 * len(tasks)))
    for each in twins:
        each.join()
    assert told == {"": len(tasks), "TaskGone": 2 * len(tasks)}
    assert {counted(dunflow, case_id) for case_id in in_work} == {(1, 1)}
    sound(dunflow)


def _twin(
    settings: Settings,
    tasks: list[tuple[int, int | None]],
    barrier: Barrier,
    ends: multiprocessing.Queue[str],
) -> None:
    with closing(build(settings)) as dunflow:
        for task_id, actor_id in tasks:
            barrier.wait(60)
            try:
                with dunflow.writing() as session:
                    follow_up(task_id, actor_id)(session)
            except DunflowError as error:
                ends.put(error.code)
            else:
                ends.put("")


def test_money_that_closes_a_case_while_it_is_followed_up(dunflow: Dunflow, in_work: list[int]) -> None:
    for case_id in in_work:
        task = task_of(dunflow, case_id)
        ends = at_once(dunflow, follow_up(task.id, task.assignee_id), _pay(dunflow, case_id))
        assert ends in (["", ""], ["TaskGone", ""])
        assert counted(dunflow, case_id) == ((0, 0) if ends[0] else (1, 1))
        with dunflow.sessions() as session:
            assert session.get_one(Case, case_id).closing_reason == "paid_in_full"
    sound(dunflow)


def _pay(dunflow: Dunflow, case_id: int) -> Act:
    with dunflow.sessions() as session:
        order = session.scalars(select(LoanOrder).where(LoanOrder.case_id == case_id)).one()
        number, customer_id = order.order_no, order.customer_id

    def pay(session: Session) -> None:
        intake.lock_customers(session, [customer_id])
        new = intake.NewRepayment(f"R-{number}", clock.now(), Decimal(100), order_id=number)
        intake.receive(session, new, customer_id=customer_id)

    return pay


def test_a_case_recalled_while_it_is_followed_up(dunflow: Dunflow, cast: Cast, in_work: list[int]) -> None:
    for case_id in in_work:
        task = task_of(dunflow, case_id)

        def recall(session: Session, case_id: int = case_id) -> None:
            acts.recall(session, acts.lock_case(session, case_id), actor_id=cast.supervisor.id)

        ends = at_once(dunflow, follow_up(task.id, task.assignee_id), recall)
        assert ends in (["", ""], ["TaskGone", ""])
        with dunflow.sessions() as session:
            assert session.get_one(Case, case_id).status == "to_dispatch"
    sound(dunflow)


def test_sweeps_beside_people_fire_each_timer_once(dunflow: Dunflow, in_work: list[int]) -> None:
    for case_id in in_work:
        task = task_of(dunflow, case_id)
        assert at_once(dunflow, follow_up(task.id, task.assignee_id)) == [""]
    later = clock.real_now() + dt.timedelta(days=4)
    barrier = threading.Barrier(3)

    def fire() -> None:
        with clock.use(later):
            barrier.wait()
            sweep(dunflow.sessions, batch=3)

    threads = [threading.Thread(target=fire) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with clock.use(later), dunflow.sessions() as session:
        assert broken(session) == []
        back = select(func.count(UserTask.id)).where(UserTask.element == "follow_up")
        assert session.scalar(back) == ROUNDS


@pytest.fixture
def pages(settings: Settings, cast: Cast, tmp_path: Path) -> Iterator[int]:
    """A web process of its own; gives its port."""
    port = free_port()
    given = environment(replace(settings, port=port))
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "web"], env=given, cwd=ROOT, stdout=log, stderr=log)
    try:
        eventually(lambda: is_up(port), "the web")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def posted_at_once(*requests: tuple[Browser, str, dict[str, str]]) -> list[int]:
    """The statuses of requests sent at the same moment."""
    found = [0] * len(requests)
    barrier = threading.Barrier(len(requests))

    def send(place: int) -> None:
        browser, path, data = requests[place]
        barrier.wait()
        found[place] = browser.post(path, data)[0]

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(requests))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_two_windows_at_one_follow_up(dunflow: Dunflow, in_work: list[int], pages: int) -> None:
    windows: dict[int, Browser] = {}
    for case_id in in_work:
        task = task_of(dunflow, case_id)
        with dunflow.sessions() as session:
            collector, case = session.get_one(User, task.assignee_id), session.get_one(Case, case_id)
            login, path, revision = collector.login, f"/cases/{case.case_no}/tasks/{task.id}", case.revision
        first = windows.setdefault(int(task.assignee_id or 0), Browser(pages, login))
        assert first.is_signed_in(20)
        data = {"result_code": "no_answer", "form": "follow_up", "revision": str(revision)}
        told = posted_at_once(*((each, path, data) for each in (first, first.twin())))
        assert sorted(each in DONE for each in told) == [False, True], told
        assert 409 in told
        assert counted(dunflow, case_id) == (1, 1)
    sound(dunflow)


def test_one_case_given_to_two_people_by_two_windows(dunflow: Dunflow, cast: Cast, pages: int) -> None:
    cases = overdue(dunflow.sessions, ["100"] * 10)
    susan = Browser(pages, cast.supervisor.login)
    assert susan.is_signed_in(20)
    collectors = [{"collector_id": str(each.id)} for each in (cast.collector, cast.colleague)]
    for case_id in cases:
        told = posted_at_once(
            *(
                (each, f"/dispatch/assign/{case_id}", data)
                for each, data in zip((susan, susan.twin()), collectors, strict=True)
            )
        )
        assert sorted(each in DONE for each in told) == [False, True], told
        with dunflow.sessions() as session:
            given = session.scalars(select(Assignment.collector_id).where(Assignment.case_id == case_id)).all()
        assert [str(each) for each in given] == [
            collectors[[each in DONE for each in told].index(True)]["collector_id"]
        ]
    sound(dunflow)
