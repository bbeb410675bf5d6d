"""What the workflow kernel keeps: definitions, releases, instances and their waits, incidents, history, in and out."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId, Token


class Definition(Base):
    """A diagram, decision table or form, once per content."""

    __tablename__ = "definitions"
    __table_args__ = (UniqueConstraint("filename", "content_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))  # path inside the release: forms/follow_up.json
    content_hash: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]  # counts per filename
    source: Mapped[bytes]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime]


class ReleaseStatus(StrEnum):
    """A release's way from draft to use."""

    DRAFT = "draft"  # being put together
    SUBMITTED = "submitted"  # waits for a second person
    APPROVED = "approved"  # may be published
    PUBLISHED = "published"  # new instances start on it
    RETIRED = "retired"  # was published; running instances stay on it
    REJECTED = "rejected"  # a second person said no


class Release(Base):
    """A consistent set of definitions, published together. Instances are pinned to one."""

    __tablename__ = "releases"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    status: Mapped[str] = mapped_column(String(12), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[dt.datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[dt.datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ReleaseDefinition(Base):
    """A definition's place in a release."""

    __tablename__ = "release_definitions"

    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    filename: Mapped[str] = mapped_column(String(200), primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("definitions.id"))


class Instance(Base):
    """A running diagram. `lock_key` is what every act on it locks first; `business_key` is whose life it runs."""

    __tablename__ = "instances"
    __table_args__ = (Index("ix_instances_business_key", "process", "business_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), index=True)
    process: Mapped[str] = mapped_column(String(120))
    business_key: Mapped[int] = mapped_column(BigId)
    lock_key: Mapped[int] = mapped_column(BigId, index=True)
    state: Mapped[bytes]
    revision: Mapped[int] = mapped_column(default=0)
    has_inbox: Mapped[bool] = mapped_column(default=False)  # something is kept for its next act
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]


class UserTask(Base):
    """Something a person can do now."""

    __tablename__ = "user_tasks"
    __table_args__ = (
        UniqueConstraint("instance_id", "token"),
        Index("ix_user_tasks_assignee_id_element", "assignee_id", "element", "since_at"),
        Index("ix_user_tasks_element_group_id", "element", "group_id", "since_at"),
        {"sqlite_autoincrement": True},  # an id in somebody's browser never comes to mean another task
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(Token)
    process: Mapped[str] = mapped_column(String(120))
    element: Mapped[str] = mapped_column(String(120))
    business_key: Mapped[int] = mapped_column(BigId, index=True)
    role: Mapped[str | None] = mapped_column(String(20))
    group_id: Mapped[int | None] = mapped_column(BigId)
    assignee_id: Mapped[int | None] = mapped_column(BigId)
    form: Mapped[str | None] = mapped_column(String(120))
    since_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]


class Timer(Base):
    """A date an instance waits for. `due_at` is empty for never, and while an incident stands."""

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("instance_id", "token", "element"),
        Index(
            "ix_timers_due_at",
            "due_at",
            "priority",
            "id",
            postgresql_where=text("due_at IS NOT NULL"),
            sqlite_where=text("due_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    lock_key: Mapped[int] = mapped_column(BigId, index=True)
    token: Mapped[str] = mapped_column(Token)
    element: Mapped[str] = mapped_column(String(120))
    due_at: Mapped[dt.datetime | None]
    priority: Mapped[int] = mapped_column(default=50)


class Subscription(Base):
    """A message an instance waits for."""

    __tablename__ = "subscriptions"
    __table_args__ = (UniqueConstraint("instance_id", "token", "element"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(Token)
    element: Mapped[str] = mapped_column(String(120))
    message: Mapped[str] = mapped_column(String(80))


class Incident(Base):
    """An act that failed and was rolled back: what was tried, why it failed, and how to try it again."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "ix_incidents_open",
            "instance_id",
            postgresql_where=text("resolved_at IS NULL"),
            sqlite_where=text("resolved_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("instances.id"), index=True)
    business_key: Mapped[int | None] = mapped_column(BigId, index=True)
    act: Mapped[str] = mapped_column(String(20))  # timer, message, intake, job
    element: Mapped[str | None] = mapped_column(String(120))
    token: Mapped[str | None] = mapped_column(Token)
    message: Mapped[str | None] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_code: Mapped[str] = mapped_column(String(80))
    error_params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error_text: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]
    resolved_at: Mapped[dt.datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class HistoryEntry(Base):
    """Who did what, when, on which release, and what was decided by which rule. Never changed, never deleted."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_case_id_id", "case_id", "id"),
        Index("ix_history_kind_at", "kind", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[dt.datetime]  # business time
    actor_id: Mapped[int | None] = mapped_column(BigId)  # empty: the clock or the system
    case_id: Mapped[int | None] = mapped_column(BigId)
    customer_id: Mapped[int | None] = mapped_column(BigId, index=True)
    instance_id: Mapped[int | None] = mapped_column(BigId)
    release_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(String(40))
    element: Mapped[str | None] = mapped_column(String(120))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class OutboxMessage(Base):
    """Something to send, written in the act that caused it and sent afterwards by a worker."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_status_next_try_at", "status", "next_try_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)  # idempotency key, the same for every try
    kind: Mapped[str] = mapped_column(String(40))  # text, event
    customer_id: Mapped[int | None] = mapped_column(BigId, index=True)
    case_id: Mapped[int | None] = mapped_column(BigId, index=True)
    payload: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(12))  # waiting, held, sent, blocked, dead
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class InboxMessage(Base):
    """A settlement or closing that reached an instance before it could take it; delivered by its next act."""

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"), index=True)
    message: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    consumed_at: Mapped[dt.datetime | None]
