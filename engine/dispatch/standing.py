"""Standing rules: what waits of a stage, product and tier is dispatched by itself, once a day at its hour.

Of several rules that cover a case the most specific one decides, on or off: product and tier named, then the product
for any tier, then the tier for any product, then any of both. Hours and days are the lender's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from engine import clock, history
from engine.dispatch.batches import make_plan, write
from engine.dispatch.gathering import Request
from engine.dispatch.refusals import RuleOutOfScope
from engine.dispatch.waiting import tier_column, waiting
from engine.errors import Invalid
from engine.models import Case, DispatchBatch, Method, Role, Stage, StandingRule, User
from engine.people.responsibility import ANY, scope_tier
from engine.people.scope import supervised_groups

METHODS = (Method.EVENLY, Method.BY_AMOUNT)
LAST_HOUR = 23


def set_rule(
    session: Session,
    *,
    actor: User,
    stage: str,
    product: str = ANY,
    tier: str = ANY,
    method: str = Method.EVENLY,
    hour: int,
    active: bool = True,
) -> StandingRule:
    """Set the rule of a stage, product and tier ('*' for any): one each.

    A new rule whose hour has passed begins tomorrow. Raises RuleOutOfScope, Invalid.
    """
    tier = "" if stage == Stage.PRE_COLLECTION else tier
    _require_valid(stage, product, method, hour)
    _require_covered(actor, stage, product, tier)
    rule = _rule(session, stage, product, tier)
    if rule is None:
        rule = StandingRule(stage=stage, product=product, tier=tier, last_run_on=_today_if_past(hour))
        session.add(rule)
    rule.method, rule.hour, rule.active = str(method), hour, active
    rule.changed_by_id, rule.changed_at = actor.id, clock.now()
    session.flush()
    history.record(
        session,
        "standing_rule_set",
        actor_id=actor.id,
        rule_id=rule.id,
        stage=stage,
        product=product,
        tier=tier,
        method=rule.method,
        hour=hour,
        active=active,
    )
    return rule


def due_rules(session: Session, now: dt.datetime) -> list[int]:
    """The active rules whose hour has come today and which have not run today, by id."""
    local = now.astimezone(clock.zone())
    due = (StandingRule.active, StandingRule.hour <= local.hour, _not_run_on(local.date()))
    return list(session.scalars(select(StandingRule.id).where(*due).order_by(StandingRule.id)))


def run_rule(session: Session, rule_id: int, now: dt.datetime) -> DispatchBatch | None:
    """Claim a rule for today and plan its batch, by the system; `running.run_batch` carries it out.

    None when somebody else ran it, when it is off, or when nothing of it waits that can be given to anybody.
    """
    today = now.astimezone(clock.zone()).date()
    ours = (StandingRule.id == rule_id, StandingRule.active, _not_run_on(today))
    claimed: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(StandingRule).where(*ours).values(last_run_on=today)
    )
    if claimed.rowcount == 0:
        return None  # somebody else ran it
    rule = session.get_one(StandingRule, rule_id, populate_existing=True)
    request = Request(method=rule.method, case_ids=_waiting_ids(session, rule))
    plan = make_plan(session, None, request)
    if not plan.assigned:
        return None
    return write(session, plan, request, by_id=None, rule_id=rule.id)


def deciding_rule(rules: Sequence[StandingRule], stage: str, product: str, tier: str) -> StandingRule | None:
    """The most specific of the rules that cover these, whether on or off."""
    covering = [
        rule for rule in rules if rule.stage == stage and rule.product in (product, ANY) and rule.tier in (tier, ANY)
    ]
    return min(covering, key=lambda rule: (rule.product == ANY, rule.tier == ANY), default=None)


def _waiting_ids(session: Session, rule: StandingRule) -> tuple[int, ...]:
    """The waiting cases that this rule decides about."""
    rules = session.scalars(select(StandingRule).where(StandingRule.stage == rule.stage)).all()
    kinds = session.execute(select(Case.stage, Case.product, Case.tier).where(*waiting(None)).distinct()).all()
    ids: list[int] = []
    for stage, product, tier in kinds:
        if deciding_rule(rules, stage, product, scope_tier(stage, tier)) is rule:
            these = (Case.stage == stage, Case.product == product, tier_column() == (tier or ""))
            ids += session.scalars(select(Case.id).where(*waiting(None), *these))
    return tuple(sorted(ids))


def _rule(session: Session, stage: str, product: str, tier: str) -> StandingRule | None:
    these = (StandingRule.stage == stage, StandingRule.product == product, StandingRule.tier == tier)
    return session.scalar(select(StandingRule).where(*these).with_for_update())


def _not_run_on(today: dt.date) -> Any:
    return or_(StandingRule.last_run_on.is_(None), StandingRule.last_run_on < today)


def _today_if_past(hour: int) -> dt.date | None:
    local = clock.now().astimezone(clock.zone())
    return local.date() if local.hour >= hour else None


def _require_valid(stage: str, product: str, method: str, hour: int) -> None:
    if stage not in set(Stage):
        raise Invalid(field="stage", reason=f"there is no stage {stage}")
    if not product:
        raise Invalid(field="product", reason="a product's code, or * for any")
    if method not in METHODS:
        raise Invalid(field="method", reason=f"one of {', '.join(METHODS)}")
    if not 0 <= hour <= LAST_HOUR:
        raise Invalid(field="hour", reason="0 to 23")


def _require_covered(actor: User, stage: str, product: str, tier: str) -> None:
    """Managers set any rule; a supervisor one that lies within a scope of a group they supervise."""
    if actor.active and actor.has_role(Role.MANAGER):
        return
    groups = supervised_groups(actor)
    scopes = [scope for each in actor.memberships if each.group_id in groups for scope in each.group.scopes]
    if not any(
        scope.stage == stage and scope.product in (product, ANY) and scope.tier in (tier, ANY) for scope in scopes
    ):
        raise RuleOutOfScope
