"""`python -m tests.bench.statistics [--cases N] [--json]`: each report's milliseconds on PostgreSQL.

A month of 100,000 follow-ups and 100,000 repayments, among N (100,000) cases and three times as many rows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time

from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import clock, statistics
from engine.db import make_engine, make_sessions
from engine.models import Base, Role, User, UserRole
from engine.statistics import Span, Wanted
from tests.databases import postgres

NOW = dt.datetime(2026, 10, 31, 4, tzinfo=dt.UTC)
MONTH = Span(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
BEGINS, SECONDS = "timestamptz '2026-01-01 00:00+08'", 304 * 86_400 - 50_000
ROWS = (
    """INSERT INTO users (id, login, name, password_hash, locale, active, must_change_password, failed_sign_ins,
    session_epoch, created_at) SELECT n, 'u' || n, 'Person ' || n, '!', 'en', true, false, 0, 0, now()
    FROM generate_series(2, 201) n""",
    "INSERT INTO groups (id, name, active) SELECT n, 'Group ' || n, true FROM generate_series(1, 10) n",
    """INSERT INTO customers (id, customer_no, name, extra, created_at)
    SELECT n, 'K' || n, 'Customer ' || n, '{}', now() FROM generate_series(1, :cases) n""",
    """INSERT INTO cases (id, customer_id, product, currency, stage, tier, tier_rank, tier_days_stood, status,
    past_due_amount, total_outstanding, order_count, follow_up_count, opened_at, reopened_count, revision)
    SELECT n, n, 'p' || n % 3, 'CNY', 'collection', 'M1', 1, 0, 'in_work', 100, 100, 1, 3,
    {begins} + n % {seconds} * interval '1 second' * 7 - interval '400 days', 0, 0 FROM generate_series(1, :cases) n""",
    """INSERT INTO loan_orders (id, order_no, customer_id, product, currency, disbursed_on, due_on, known_at, principal,
    interest, fees, penalty, paid, waived, outstanding, extra)
    SELECT n, 'O' || n, n, 'p' || n % 3, 'CNY', '2025-01-01', '2026-01-01', now(), 1000, 0, 0, 0, 0, 0, 1000, '{}'
    FROM generate_series(1, :cases) n""",
    """INSERT INTO case_orders (id, case_id, order_id, joined_at)
    SELECT n, n, n, {begins} - interval '2 days' FROM generate_series(1, :cases) n""",
    """INSERT INTO history (id, at, case_id, kind, data) SELECT n, {begins} - interval '2 days', n, 'tier_entered',
    '{{"tier": "M1"}}' FROM generate_series(1, :cases) n""",
    """INSERT INTO assignments (id, case_id, collector_id, group_id, tier, from_at, to_at, ended_by)
    SELECT n, 1 + n % :cases, 2 + n % 200, 1 + n % 10, 'M1', {begins} + n / :cases * interval '101 days'
      + n % 100 * interval '1 day', CASE WHEN n / :cases < 2 THEN {begins} + (n / :cases + 1) * interval '101 days'
      + n % 100 * interval '1 day' END, 'escalation' FROM generate_series(0, 3 * :cases - 1) n""",
    """INSERT INTO follow_ups (id, case_id, customer_id, user_id, at, tier, result_code, note, form, promise_on,
    promise_amount) SELECT n, 1 + n * 7 % :cases, 1 + n * 7 % :cases, 2 + n % 200,
    {begins} + n::float / 1000000 * {seconds} * interval '1 second', 'M1',
    (array['no_answer','promise_part','busy','refuses'])[1 + n % 4], '', '{{}}', CASE WHEN n % 4 = 1 THEN
    ({begins} + n::float / 1000000 * {seconds} * interval '1 second')::date + 2 END,
    CASE WHEN n % 4 = 1 THEN 10 END
    FROM generate_series(700000, 999999) n""",
    """INSERT INTO repayments (id, repayment_no, customer_id, currency, product, amount, unapplied, paid_at,
    received_at, channel, extra)
    SELECT n, 'R' || n, 1 + n * 13 % :cases, 'CNY', 'p' || (1 + n * 13 % :cases) % 3, 10, 0,
    {begins} + n::float / 1000000 * {seconds} * interval '1 second', now(), 'bank', '{{}}'
    FROM generate_series(700001, 1000000) n""",
    """INSERT INTO ledger_lines (order_id, kind, component, amount, at, recorded_at)
    SELECT n, 'charge', 'principal', 1000, {begins} - interval '90 days', now() FROM generate_series(1, :cases) n""",
    """INSERT INTO ledger_lines (order_id, repayment_id, kind, component, amount, at, recorded_at)
    SELECT customer_id, id, 'allocation', 'principal', 10, paid_at, now() FROM repayments""",
    "ANALYZE",
)


def main() -> None:
    """Make the rows, then time each report; the best of three."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    with postgres() as server, clock.use(NOW):
        engine = make_engine(server.create())
        Base.metadata.create_all(engine)
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # foreign keys are not the matter
            for statement in ROWS:
                named = statement.replace("{begins}", BEGINS).replace("{seconds}", str(SECONDS)).replace("{{", "{")
                connection.execute(text(named.replace("}}", "}")), {"cases": given.cases} if ":cases" in named else {})
        with make_sessions(engine)() as session:
            found = measured(session)
        engine.dispose()
    print(json.dumps({"ms": found}) if given.json else "\n".join(f"{name:32} {ms:7} ms" for name, ms in found.items()))


def measured(session: Session) -> dict[str, int]:
    """Milliseconds by report and split."""
    manager = User(id=1, login="mira", name="Mira", password_hash="!", created_at=NOW)  # noqa: S106 - nobody signs in
    manager.roles = [UserRole(role=Role.MANAGER)]
    manager.active, manager.memberships = True, []
    reach = statistics.reach(manager)
    splits = {
        **{f"repayments by {by}": (statistics.received, by) for by in ("period", "tier", "group", "case")},
        **{f"{name} by collector": (measure, "collector") for name, measure in _PARTS.items()},
    }
    found = {}
    for name, (measure, by) in splits.items():
        times = []
        for _ in range(3):
            began = time.monotonic()
            assert measure(session, reach, Wanted(MONTH, by))
            times.append(time.monotonic() - began)
        found[name] = round(min(times) * 1000)
    return found


_PARTS = {
    "held": statistics.held,
    "follow-ups": statistics.followed_up,
    "promises": statistics.kept,
    "money": statistics.earned,
    "recovery": statistics.recovered,
}

if __name__ == "__main__":
    main()
