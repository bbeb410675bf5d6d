"""People at the pages, each with a browser of their own, who note what they were told; the web may die under them."""

from __future__ import annotations

import datetime as dt
import http.client
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Event
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Case, FollowUp, OperationRequest, Status, Suspension, User, UserTask
from engine.wiring import Dunflow
from tests.cast import PASSWORD

LOST = 0  # no answer: it may have been done or not
AWAY = -1  # nobody listened: nothing was sent
DONE = (200, 204, 303)
BROKEN = (http.client.HTTPException, OSError)
FORM = "application/x-www-form-urlencoded"
RESULTS = ("no_answer",) * 5 + ("busy", "refuses", "promise_full", "dispute", "hardship")


@dataclass(frozen=True)
class Attempt:
    """One try at something: `note` is its own and ends up in SQL where it worked; `status` is what it was told."""

    kind: str  # follow_up, review, suspend
    subject: str  # the user task's token (ids come again on SQLite), request, case
    note: str
    status: int


@dataclass
class Journal:
    """What everybody tried, and answers nobody should ever get."""

    attempts: list[Attempt] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)

    def statuses(self) -> Counter[str]:
        """How often people were told what."""
        return Counter("lost" if each.status == LOST else str(each.status) for each in self.attempts)


class Browser:
    """Cookies and token of one sign-in; `post` gives the status, LOST where no answer came, AWAY where nobody heard."""

    def __init__(self, port: int, login: str) -> None:
        self.port, self.login = port, login
        self._cookie = self._token = ""

    def post(self, path: str, data: Mapping[str, str], *, patience: float = 20) -> tuple[int, str]:
        """Sent once; signing in is tried until it works or patience ends."""
        if not self._cookie and not self._sign_in(patience):
            return AWAY, ""
        try:
            status, _, body = self._ask("POST", path, {"csrf_token": self._token, **data})
        except ConnectionRefusedError:
            return AWAY, ""
        except BROKEN:
            return LOST, ""
        if status in (400, 401):
            self._cookie = ""
        return status, body

    def twin(self) -> Browser:
        """A second window of the same sign-in."""
        other = Browser(self.port, self.login)
        other._cookie, other._token = self._cookie, self._token
        return other

    def is_signed_in(self, patience: float) -> bool:
        """Signs in where that has not happened."""
        return bool(self._cookie) or self._sign_in(patience)

    def _sign_in(self, patience: float) -> bool:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                _, self._cookie, page = self._ask("GET", "/sign-in")
                data = {"login": self.login, "password": PASSWORD, "csrf_token": _token(page)}
                status, cookie, _ = self._ask("POST", "/sign-in", data)
                if status in DONE:
                    self._cookie = cookie
                    self._token = _token(self._ask("GET", "/account")[2])
                    return True
            except BROKEN:
                pass
            self._cookie = ""
            time.sleep(0.2)
        return False

    def _ask(self, method: str, path: str, data: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Cookie": self._cookie, "Accept": "text/html"}
            body = urlencode(data) if data is not None else None
            connection.request(method, path, body, headers | ({"Content-Type": FORM} if body else {}))
            answer = connection.getresponse()
            given = "; ".join(value.split(";")[0] for value in answer.headers.get_all("Set-Cookie") or ())
            return answer.status, given, answer.read().decode(errors="replace")
        finally:
            connection.close()


def _token(page: str) -> str:
    found = re.search(r'name="csrf[-_]token" (?:content|value)="([^"]+)"', page)
    if found is None:
        raise http.client.HTTPException("no token in the page")
    return found[1]


def is_up(port: int) -> bool:
    """Whether the web answers."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Person:
    """Somebody who does what waits for them, and goes on doing it until told that the day is over."""

    def __init__(self, dunflow: Dunflow, browser: Browser, journal: Journal, name: str, seed: str) -> None:
        self.dunflow, self.browser, self.journal, self.name = dunflow, browser, journal, name
        self.random = Random(seed)
        self._count = 0

    def work(self, is_over: Event) -> None:
        """Until the day is over and nothing is left to do."""
        while True:
            over = is_over.is_set()
            done = sum(self._do(*each) for each in self._to_do())
            if over and not done:
                return
            if not done:
                time.sleep(0.1)

    def _do(self, kind: str, subject: str, path: str, data: Mapping[str, str]) -> bool:
        self._count += 1
        note = f"{self.name}-{self._count}"
        status, body = self.browser.post(path, {**data, "note": note})
        if status == AWAY:
            time.sleep(0.1)
            return False
        self.journal.attempts.append(Attempt(kind, subject, note, status))
        if status >= 500 and status != 503:  # 503: the database was busy
            self.journal.unexpected.append(
                f"{status} at {path}: {' '.join(re.sub('<[^>]+>', ' ', body).split())[:300]}"
            )
        return status in DONE

    def _to_do(self) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
        raise NotImplementedError


class Collector(Person):
    """Follows up, now with one result, now with another."""

    def _to_do(self) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
        with self.dunflow.business_time():
            today = clock.today()
            with self.dunflow.sessions() as session:
                rows = session.execute(
                    select(UserTask.id, UserTask.token, Case)
                    .join(Case, Case.id == UserTask.business_key)
                    .join(User, User.id == UserTask.assignee_id)
                    .where(User.login == self.browser.login, UserTask.element == "follow_up")
                    .order_by(UserTask.id)
                    .limit(12)
                ).all()
                tasks = [(row.id, row.token, row.Case.case_no, row.Case.revision) for row in rows]
        for task_id, token, case_no, revision in tasks:
            code = self.random.choice(RESULTS)
            data = {"result_code": code, "form": "follow_up", "revision": str(revision)}
            if code not in ("dispute", "hardship"):
                data["next_action_on"] = str(today + dt.timedelta(days=self.random.choice((1, 1, 2))))
            if code == "promise_full":
                data["promise_on"] = data["next_action_on"]
            yield "follow_up", token, f"/cases/{case_no}/tasks/{task_id}", data


class Supervisor(Person):
    """Reviews requests, and suspends a case now and then."""

    def _to_do(self) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
        with self.dunflow.sessions() as session:
            asked = session.scalars(
                select(OperationRequest.id)
                .where(OperationRequest.status == "open")
                .order_by(OperationRequest.id)
                .limit(5)
            ).all()
            working = session.scalars(select(Case).where(Case.status == Status.IN_WORK).order_by(Case.id)).all()
            numbers = [(case.id, case.case_no, case.revision) for case in working]
        for request_id in asked:
            decision = self.random.choice(("approve", "approve", "refuse"))
            yield "review", str(request_id), f"/requests/{request_id}/review", {"decision": decision}
        if numbers and self.random.random() < 0.1:
            case_id, case_no, revision = self.random.choice(numbers)
            data = {"reason": "dispute", "revision": str(revision)}
            yield "suspend", str(case_id), f"/cases/{case_no}/acts/suspend", data


def contradictions(session: Session, journal: Journal) -> list[str]:
    """Where SQL is not what people were told: done means once, refused never, and no answer at most once."""
    suspended = select(Suspension.note).where(Suspension.request_id.is_(None), Suspension.by_id.is_not(None))
    marks = {
        "follow_up": Counter(session.scalars(select(FollowUp.note))),
        "review": Counter(
            session.scalars(select(OperationRequest.decision_note).where(OperationRequest.decision_note != ""))
        ),
        "suspend": Counter(session.scalars(suspended)),
    }
    found = list(journal.unexpected)
    per_subject: Counter[tuple[str, str]] = Counter()
    for each in journal.attempts:
        count = marks[each.kind].pop(each.note, 0)
        if each.kind != "suspend":
            per_subject[each.kind, each.subject] += count
        allowed = (1,) if each.status in DONE else (0, 1) if each.status == LOST else (0,)
        if count not in allowed:
            found.append(f"{each} is in SQL {count} times")
    found += [f"{kind} nobody made: {left}" for kind, left in marks.items() if left]
    return found + [f"{subject} was done {count} times" for subject, count in per_subject.items() if count > 1]
