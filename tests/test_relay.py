"""The relay: each message goes out once, after a last look; a failing gateway is tried again, then given up."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import acts, clock, dead_letters, relay
from engine.gateways import FileGateway, Outgoing
from engine.models import Customer, HistoryEntry, OutboxMessage
from engine.settings import Settings
from engine.wiring import Dunflow
from tests.dispatch.world import a_lender, overdue
from tests.processes import ROOT, environment

NOW = dt.datetime(2026, 5, 11, 2, 0, tzinfo=dt.UTC)
SENDER = """
from engine import relay, settings
from engine.gateways import FileGateway
from engine.wiring import build
house = build(settings.read())
print("begun", flush=True)
relay.relay(house.sessions, FileGateway(house.settings.outbox_dir), batch=20)
"""


class Unreliable(FileGateway):
    """Takes nothing until told to."""

    works = False

    def send(self, message: Outgoing) -> None:
        if not self.works:
            raise ConnectionError("the line is dead")
        super().send(message)


@pytest.fixture
def gateway(settings: Settings) -> Unreliable:
    made = Unreliable(settings.outbox_dir)
    made.works = True
    return made


def test_what_waits_is_sent_with_all_it_says(sessions: sessionmaker[Session], gateway: Unreliable) -> None:
    _write(sessions, "k-1", payload={"template": "reminder", "name": "王"})
    assert relay.relay(sessions, gateway).sent == 1
    sent = json.loads((gateway.folder / "text" / "k-1.json").read_text(encoding="utf-8"))
    assert (sent["key"], sent["kind"], sent["payload"]) == ("k-1", "text", {"template": "reminder", "name": "王"})
    assert relay.relay(sessions, gateway).sent == 0
    assert _row(sessions, "k-1").sent_at is not None


def test_a_key_that_has_gone_out_does_not_go_again(sessions: sessionmaker[Session], gateway: Unreliable) -> None:
    """As after a kill between sending and noting it: the row still waits, the receiver has it."""
    _write(sessions, "k-1")
    relay.relay(sessions, gateway)
    before = (gateway.folder / "text" / "k-1.json").stat()
    with sessions() as session:
        session.execute(update(OutboxMessage).values(status="waiting", next_try_at=clock.real_now()))
        session.commit()
    relay.relay(sessions, gateway)
    after = (gateway.folder / "text" / "k-1.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert _row(sessions, "k-1").status == "sent"


def test_a_key_that_is_no_file_name_goes_out_too(sessions: sessionmaker[Session], gateway: Unreliable) -> None:
    _write(sessions, "../../etc/passwd")
    assert relay.relay(sessions, gateway).sent == 1
    assert [path.parent.name for path in gateway.folder.rglob("*.json")] == ["text"]


def test_a_text_to_a_blocked_customer_is_blocked_and_says_by_which_rule(
    sessions: sessionmaker[Session], gateway: Unreliable
) -> None:
    customer_id = _customer(sessions, block_reason="deceased")
    _write(sessions, "k-1", customer_id=customer_id)
    assert relay.relay(sessions, gateway).blocked == 1
    row = _row(sessions, "k-1")
    assert (row.status, row.last_error) == ("blocked", "customer_blocked:deceased")
    with sessions() as session:
        entry = session.scalars(select(HistoryEntry).where(HistoryEntry.kind == "text_blocked")).one()
        assert (entry.customer_id, entry.data["rule"]) == (customer_id, "customer_blocked:deceased")
    assert not list(gateway.folder.rglob("*.json"))


def test_a_block_does_not_stop_events(sessions: sessionmaker[Session], gateway: Unreliable) -> None:
    _write(sessions, "k-1", kind="event", customer_id=_customer(sessions, block_reason="complaint"))
    assert relay.relay(sessions, gateway).sent == 1


def test_a_text_of_a_suspended_case_is_held(dunflow: Dunflow, gateway: Unreliable) -> None:
    cast = a_lender(dunflow.sessions)
    (case_id,) = overdue(dunflow.sessions, ["100"])
    with dunflow.writing() as session:
        case = acts.lock_case(session, case_id)
        acts.suspend(session, case, reason="dispute", note="says it is not theirs", actor_id=cast.supervisor.id)
        customer_id = case.customer_id
    _write(dunflow.sessions, "k-1", customer_id=customer_id, case_id=case_id)
    assert relay.relay(dunflow.sessions, gateway).held == 1
    assert _row(dunflow.sessions, "k-1").status == "held"


def test_a_failing_gateway_is_tried_again_after_growing_pauses(
    sessions: sessionmaker[Session], gateway: Unreliable
) -> None:
    gateway.works = False
    _write(sessions, "k-1")
    pauses = []
    for attempt in range(1, relay.MOST_ATTEMPTS):
        assert relay.relay(sessions, gateway).failed == 1
        row = _row(sessions, "k-1")
        assert (row.status, row.attempts) == ("waiting", attempt)
        pauses.append(round((row.next_try_at - clock.real_now()).total_seconds()))
        _let_pauses_pass(sessions)
    assert pauses == sorted(pauses)
    assert 7 <= pauses[0] <= 10
    gateway.works = True
    assert relay.relay(sessions, gateway).sent == 1


def test_after_the_last_try_it_is_a_dead_letter_and_can_be_revived(
    sessions: sessionmaker[Session], gateway: Unreliable
) -> None:
    gateway.works = False
    _write(sessions, "k-1")
    for _ in range(relay.MOST_ATTEMPTS):
        relay.relay(sessions, gateway)
        _let_pauses_pass(sessions)
    assert _row(sessions, "k-1").status == "dead"
    with sessions() as session:
        (letter,) = dead_letters.unanswered(session)
        assert "the line is dead" in letter.error_text
        dead_letters.retry(session, letter.id, by_id=None)
        session.commit()
    gateway.works = True
    assert relay.relay(sessions, gateway).sent == 1


def test_between_claim_and_note_nobody_else_takes_it(sessions: sessionmaker[Session], gateway: Unreliable) -> None:
    """Another relay that comes by while a message is on its way finds it leased."""
    others: list[int] = []

    class Watching(Unreliable):
        works = True

        def send(self, message: Outgoing) -> None:
            others.append(relay.relay(sessions, gateway).sent)
            super().send(message)

    _write(sessions, "k-1")
    assert relay.relay(sessions, Watching(gateway.folder)).sent == 1
    assert others == [0]


def test_killed_at_random_each_goes_out_once(sessions: sessionmaker[Session], settings: Settings) -> None:
    count, pick = 150, random.Random(7)
    for number in range(count):
        _write(sessions, f"k-{number}", payload={"n": number})
    seen: dict[str, tuple[int, int]] = {}
    for _ in range(4):
        _send_and_kill(settings, pick.uniform(0.02, 0.25))
        seen = _nothing_was_touched(settings.outbox_dir, seen)
        _let_pauses_pass(sessions)
    subprocess.run(
        [sys.executable, "-c", SENDER], env=environment(settings), cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    _nothing_was_touched(settings.outbox_dir, seen)
    with sessions() as session:
        assert session.scalar(select(func.count()).where(OutboxMessage.status == "sent")) == count
    sent = [json.loads(path.read_text())["payload"]["n"] for path in (settings.outbox_dir / "text").glob("*.json")]
    assert sorted(sent) == list(range(count))


def _send_and_kill(settings: Settings, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SENDER], env=environment(settings), cwd=ROOT, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        time.sleep(seconds)
        process.kill()


def _nothing_was_touched(folder: Path, seen: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    now = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (folder / "text").glob("*.json")}
    assert {name: now.get(name) for name in seen} == seen
    return now


def _write(sessions: sessionmaker[Session], key: str, *, kind: str = "text", **more: object) -> None:
    with sessions() as session:
        row = OutboxMessage(key=key, kind=kind, status="waiting", next_try_at=clock.real_now(), created_at=NOW)
        row.payload = {}
        for name, value in more.items():
            setattr(row, name, value)
        session.add(row)
        session.commit()


def _row(sessions: sessionmaker[Session], key: str) -> OutboxMessage:
    with sessions() as session:
        return session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()


def _customer(sessions: sessionmaker[Session], *, block_reason: str) -> int:
    with sessions() as session:
        customer = Customer(customer_no="1", name="Ann", block_reason=block_reason, created_at=NOW)
        session.add(customer)
        session.commit()
        return customer.id


def _let_pauses_pass(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        waiting = update(OutboxMessage).where(OutboxMessage.status == "waiting")
        session.execute(waiting.values(next_try_at=clock.real_now()))
        session.commit()
