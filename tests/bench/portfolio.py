"""A lender's portfolio of any size, made in bulk by SQL on PostgreSQL: for measuring lists, not for running diagrams.

Ten thousand of its cases, "the branch", are the same whatever the size, strewn all over the tables; all others are the
rest of the house. What a list of the branch, or a filter that only the branch satisfies, finds is therefore equal in a
small portfolio and in a large one.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from engine import clock
from engine.models import Base, Group, GroupScope, Membership, Product, Role, Stage, User, UserRole

BRANCH = 10_000  # cases that are there at every size
AT = dt.datetime(2026, 6, 1, 10, tzinfo=clock.DEFAULT_ZONE)
PRODUCTS = ("card", "cash", "shop")
PILOT = "pilot"  # only the branch sells it
BRANCH_GROUPS, GROUPS = 8, 40
BRANCH_COLLECTORS, COLLECTORS = 40, 400
RARE_RESULT = "deceased"
RARE_DAY = dt.date(2024, 2, 29)  # so many days ago that only the branch opened, or is due, around then
RARE_NAME, RARE_PHONE, RARE_ID = "钰涵", "77889", "0229331"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文辉力鹏飞斌宇浩凯健俊帆雪琳晨阳梓轩欣怡嘉诚思远"

_NUMBERS = """
CREATE TEMP TABLE numbers AS
SELECT n AS id, (row_number() OVER (ORDER BY md5(n::text)))::int AS k FROM generate_series(1, {cases}) n
"""
_DRAWN = """
CREATE TEMP TABLE drawn AS
SELECT id, k, k <= {branch} AS mine, k % 100 AS c,
       (hashint8(k) & 2147483647) AS h, (hashint8(k * 31 + 7) & 2147483647) AS g
FROM numbers ORDER BY id
"""
_PEOPLE = """
CREATE TEMP TABLE people AS
SELECT id, k, mine,
       CASE WHEN mine AND k % 50 = 1 THEN substr('{surnames}', 1 + h % {s}, 1) || '{rare_name}'
            ELSE substr('{surnames}', 1 + h % {s}, 1) || substr('{given}', 1 + (h / 64) % {g}, 1)
                 || CASE WHEN h % 4 = 0 THEN '' ELSE substr('{given}', 1 + g % {g}, 1) END END AS name,
       CASE WHEN mine AND k % 60 = 1 THEN '1380013' || '{rare_phone}'
            ELSE '1' || (3 + h % 7) || replace(lpad((g % 1000000000)::text, 9, '0'), '7788', '6655') END AS phone,
       '1' || (3 + g % 7) || replace(lpad((h % 1000000000)::text, 9, '0'), '7788', '6655') AS phone2,
       CASE WHEN mine AND k % 70 = 1 THEN '31010119{rare_id}' || lpad((k % 1000)::text, 3, '0')
            ELSE (110100 + h % 9000)::text || (1960 + g % 45)::text || lpad((1 + h % 12)::text, 2, '0')
                 || lpad((1 + g % 28)::text, 2, '0') || replace(lpad((h % 10000)::text, 4, '0'), '0229', '0330') END
       AS id_number
FROM drawn WHERE k % 4 <> 0
"""
_CUSTOMERS = """
INSERT INTO customers (id, customer_no, name, id_number, extra, created_at)
SELECT id, 'K' || id, name, id_number, '{{}}', '{at}' FROM people
"""
_CONTACTS = """
INSERT INTO contacts (customer_id, kind, value, holder, relation, source, standing, created_at)
SELECT id, 'phone', phone, '', 'self', 'import', 'unverified', '{at}'::timestamptz FROM people
UNION ALL
SELECT id, 'phone', phone2, '某某', 'emergency', 'import', 'unverified', '{at}' FROM people
"""
_ENDINGS = """
INSERT INTO search_endings (ending, customer_id)
SELECT 'n' || substr(name, at), id FROM people, generate_series(1, length(name)) at
UNION ALL SELECT 'p' || substr(phone, at), id FROM people, generate_series(1, length(phone) - 2) at
UNION ALL SELECT 'p' || substr(phone2, at), id FROM people, generate_series(1, length(phone2) - 2) at
          WHERE substr(phone2, at) <> substr(phone, at)
UNION ALL SELECT 'i' || substr(id_number, at), id FROM people, generate_series(1, length(id_number) - 2) at
"""
_CASES = """
INSERT INTO cases (id, customer_id, product, currency, stage, tier, tier_rank, tier_entered_at, tier_days_stood, status,
    group_id, collector_id, assigned_at, oldest_due_on, past_due_amount, total_outstanding, order_count, next_action_at,
    last_contact_at, last_result_code, follow_up_count, opened_at, closed_at, closing_reason, reopened_count,
    instance_id, revision)
SELECT id, customer_id, product, 'CNY', stage, tier, tier_rank, opened_at, 0, status, group_id,
    CASE WHEN status IN ('in_work', 'suspended') THEN collector_id END,
    CASE WHEN status IN ('in_work', 'suspended') THEN opened_at + interval '10 hours' END,
    CASE WHEN status <> 'closed' THEN due_on END, CASE WHEN status <> 'closed' THEN amount ELSE 0 END,
    CASE WHEN status = 'closed' THEN 0 ELSE amount * 1.2 END, CASE WHEN status = 'closed' THEN 0 ELSE 1 END,
    CASE WHEN status = 'in_work' AND follow_ups > 0 THEN next_at END,
    CASE WHEN follow_ups > 0 THEN last_at END, CASE WHEN follow_ups > 0 THEN result END,
    follow_ups, opened_at, CASE WHEN status = 'closed' THEN opened_at + interval '40 days' END,
    CASE WHEN status = 'closed' THEN 'paid_in_full' END, 0, id, follow_ups
FROM (
  SELECT id, k, mine, coalesce(customer_id, id) AS customer_id,
    CASE WHEN mine AND k % 20 = 1 THEN '{pilot}' ELSE (ARRAY['card', 'cash', 'shop'])[1 + h % 3] END AS product,
    CASE WHEN days <= 0 THEN 'pre_collection' ELSE 'collection' END AS stage,
    CASE WHEN days <= 0 THEN NULL WHEN days <= 30 THEN 'M1' WHEN days <= 60 THEN 'M2' WHEN days <= 90 THEN 'M3'
         ELSE 'M4' END AS tier,
    CASE WHEN days <= 0 THEN 0 WHEN days <= 30 THEN 1 WHEN days <= 60 THEN 2 WHEN days <= 90 THEN 3 ELSE 4 END
    AS tier_rank,
    CASE WHEN k % 4 = 0 OR h % 100 < 27 THEN 'closed'
         WHEN g % 100 < 4 THEN 'to_dispatch' WHEN g % 100 < 90 THEN 'in_work' WHEN g % 100 < 94 THEN 'suspended'
         WHEN g % 100 < 95 THEN 'to_decide' WHEN g % 100 < 97 THEN 'placed' WHEN g % 100 < 98 THEN 'legal'
         ELSE 'written_off' END AS status,
    CASE WHEN mine AND k % 400 = 399 THEN NULL WHEN mine THEN 1 + (h / 8) % {branch_groups}
         ELSE 1 + {branch_groups} + (h / 8) % {other_groups} END + {first_group} AS group_id,
    CASE WHEN mine THEN 1 + (g / 16) % {branch_collectors}
         ELSE 1 + {branch_collectors} + (g / 16) % {other_collectors} END + {first_collector} AS collector_id,
    '{today}'::date - days AS due_on,
    ('{today}'::date - days + 1 - g % 40)::timestamp AT TIME ZONE 'Asia/Shanghai' AS opened_at,
    CASE WHEN mine AND k % 40 = 3 THEN 95000 + k % 1000 ELSE 100 + (h % 4000000) / 100.0 END AS amount,
    least(g % 12, greatest(days, 0)) AS follow_ups,
    CASE WHEN mine AND k % 30 = 7 THEN '{rare}' ELSE
         (ARRAY['no_answer', 'busy', 'promise_full', 'refuses', 'callback', 'voicemail'])[1 + g % 6] END AS result,
    CASE WHEN mine AND k % 25 = 2 THEN '{at}'::timestamptz + interval '90 days' + h % 86400 * interval '1 second'
         ELSE '{at}'::timestamptz + (g % 2400 - 960) * interval '181 seconds' END AS next_at,
    CASE WHEN mine AND k % 25 = 6 THEN '{at}'::timestamptz - interval '900 days' + h % 86400 * interval '1 second'
         ELSE '{at}'::timestamptz - (h % 2400) * interval '1081 seconds' END AS last_at
  FROM (
    SELECT drawn.*, other.id AS customer_id,
           CASE WHEN mine AND drawn.k % 30 = 11 THEN '{today}'::date - '{rare_day}'::date + drawn.k % 5
                WHEN h % 1000 < 40 THEN -(h % 3) ELSE 1 + (power(g % 1000 / 1000.0, 2) * 160)::int END AS days
    FROM drawn LEFT JOIN numbers other ON drawn.k % 4 = 0 AND other.k = drawn.k - 1
  ) dated
) said ORDER BY id
"""
_ORDERS = """
INSERT INTO loan_orders (id, order_no, customer_id, product, currency, disbursed_on, due_on, known_at, principal,
    interest, fees, penalty, paid, waived, outstanding, settled_at, case_id, extra)
SELECT id, 'L' || id, customer_id, product, 'CNY', (opened_at - interval '40 days')::date,
    coalesce(oldest_due_on, (opened_at - interval '1 day')::date), opened_at - interval '40 days',
    100 + past_due_amount, 0, 0, 0, 100, 0, past_due_amount, closed_at, CASE WHEN closed_at IS NULL THEN id END, '{{}}'
FROM cases
"""
_CASE_ORDERS = """
INSERT INTO case_orders (case_id, order_id, joined_at, left_at, left_as)
SELECT id, id, opened_at, closed_at, CASE WHEN closed_at IS NULL THEN NULL ELSE 'settled' END FROM cases
"""
_INSTANCES = """
INSERT INTO instances
    (id, release_id, process, business_key, lock_key, state, revision, has_inbox, started_at, ended_at)
SELECT id, 1, stage, id, customer_id, '\\x00', 1, false, opened_at, closed_at FROM cases
"""
_TASKS = """
INSERT INTO user_tasks (instance_id, token, process, element, business_key, role, group_id, assignee_id, form, since_at)
SELECT id, md5(id::text), stage, element, id, CASE WHEN element = 'follow_up' THEN 'collector' ELSE 'supervisor' END,
    group_id, CASE WHEN element = 'follow_up' THEN collector_id END, element, opened_at
FROM (SELECT *, CASE WHEN status = 'to_dispatch' THEN 'dispatch' WHEN status = 'to_decide' THEN 'decide'
                     WHEN status = 'in_work' AND (next_action_at IS NULL OR next_action_at < '{at}') THEN 'follow_up'
                     WHEN status = 'suspended' AND id % 8 = 0 THEN 'review' END AS element FROM cases) waiting
WHERE element IS NOT NULL
"""
_REQUESTS = """
INSERT INTO operation_requests (kind, case_id, requester_id, reason, note, payload, status, requested_at, decided_by_id,
    decided_at, decision_note, instance_id)
SELECT 'suspension', cases.id, collector_id, 'dispute', '', '{{}}',
    CASE WHEN k % 200 = 5 THEN 'open' ELSE 'approved' END, opened_at + interval '3 days',
    CASE WHEN k % 200 = 5 THEN NULL ELSE 1 END,
    CASE WHEN k % 200 = 5 THEN NULL ELSE opened_at + k % 50000 * interval '7 minutes' END, '',
    CASE WHEN k % 200 = 5 THEN {requests_from} + cases.id END
FROM cases JOIN drawn USING (id) WHERE collector_id IS NOT NULL AND k % 20 = 5
"""
_REQUEST_INSTANCES = """
INSERT INTO instances (id, release_id, process, business_key, lock_key, state, revision, has_inbox, started_at)
SELECT request.instance_id, 1, 'operation_request', case_id, customer_id, '\\x00', 1, false, requested_at
FROM operation_requests request JOIN cases ON cases.id = case_id WHERE request.instance_id IS NOT NULL
"""
_REQUEST_TASKS = """
INSERT INTO user_tasks (instance_id, token, process, element, business_key, role, form, since_at)
SELECT instance_id, md5('r' || instance_id), 'operation_request', 'review_request', id, 'supervisor', 'review_request',
    requested_at FROM operation_requests WHERE instance_id IS NOT NULL
"""
_STEPS = (
    _NUMBERS, _DRAWN, _PEOPLE, _CUSTOMERS, _CONTACTS, _ENDINGS, _CASES, _ORDERS, _CASE_ORDERS, _INSTANCES, _TASKS,
    _REQUESTS, _REQUEST_INSTANCES, _REQUEST_TASKS,
)  # fmt: skip


def fill(engine: Engine, cases: int) -> None:
    """So many cases with their customers, contacts, orders, tasks and requests, and the people who have them.

    The database is `lender.prepared`'s. Indexes are made afterwards, and what refers to what is not checked: half the
    time.
    """
    with Session(engine) as session:
        given = _people(session) | {"cases": cases}
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("session_replication_role = replica", "work_mem = '256MB'", "maintenance_work_mem = '512MB'"):
            connection.execute(text(f"SET {setting}"))
        tables = Base.metadata.sorted_tables if cases > BRANCH else []  # it is not worth while for a few
        indexes = [index for table in tables for index in table.indexes if not index.unique]
        for index in indexes:
            index.drop(connection)
        connection.execute(text("ALTER TABLE search_endings DROP CONSTRAINT pk_search_endings"))
        for step in _STEPS:
            connection.execute(text(_said(step, given)))
        connection.execute(
            text("ALTER TABLE search_endings ADD CONSTRAINT pk_search_endings PRIMARY KEY (ending, customer_id)")
        )
        for index in indexes:
            index.create(connection)
        connection.execute(text("VACUUM ANALYZE"))


def _said(step: str, given: dict[str, int]) -> str:
    words = {
        "at": AT.isoformat(), "today": clock.local_date(AT), "branch": BRANCH, "pilot": PILOT, "rare": RARE_RESULT,
        "rare_day": RARE_DAY, "rare_name": RARE_NAME, "rare_phone": RARE_PHONE, "rare_id": RARE_ID,
        "surnames": SURNAMES, "given": GIVEN, "s": len(SURNAMES), "g": len(GIVEN), "branch_groups": BRANCH_GROUPS,
        "other_groups": GROUPS - BRANCH_GROUPS, "branch_collectors": BRANCH_COLLECTORS,
        "other_collectors": COLLECTORS - BRANCH_COLLECTORS, "requests_from": given["cases"],
    }  # fmt: skip
    return step.format(**words | given).replace(":", r"\:").replace(r"\:\:", "::")


def _people(session: Session) -> dict[str, int]:
    """Groups with their collectors, a supervisor of three of the branch's groups, and a manager."""
    session.add_all(Product(code=each, name_zh=each, name_en=each, currency="CNY") for each in (*PRODUCTS, PILOT))
    groups = [Group(name=f"Group {number}", active=True) for number in range(1, GROUPS + 1)]
    for number, group in enumerate(groups):
        product = PRODUCTS[number % len(PRODUCTS)]
        group.scopes = [GroupScope(product=product, stage=Stage.COLLECTION, tier=f"M{number % 4 + 1}")]
    people = [_person(f"c{number}", Role.COLLECTOR) for number in range(1, COLLECTORS + 1)]
    chiefs = [_person("susan", Role.SUPERVISOR), _person("mira", Role.MANAGER)]
    session.add_all([*groups, *people, *chiefs])
    session.flush()
    for number, person in enumerate(people):
        group = groups[number % BRANCH_GROUPS if number < BRANCH_COLLECTORS else number % GROUPS]
        session.add(Membership(group_id=group.id, user_id=person.id))
    for group in groups[:3]:
        session.add(Membership(group_id=group.id, user_id=chiefs[0].id, is_supervisor=True))
    session.flush()
    return {"first_collector": people[0].id - 1, "first_group": groups[0].id - 1}


def _person(login: str, role: Role) -> User:
    person = User(login=login, name=login.title(), password_hash="!", created_at=AT)  # noqa: S106 - no hash
    person.roles = [UserRole(role=role)]
    return person
