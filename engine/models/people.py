"""People, their roles, groups with what they look after, and absences."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.models.types import Base, BigId


class Role(StrEnum):
    """What a person may be; one person may have several roles."""

    COLLECTOR = "collector"  # works own cases
    SUPERVISOR = "supervisor"  # dispatches and decides for the cases of their groups
    MANAGER = "manager"  # second approver, sees all groups
    ANALYST = "analyst"  # flows, tables and forms; no personal data
    COMPLIANCE = "compliance"  # everything read-only, lifts blocks
    ADMINISTRATOR = "administrator"  # people, groups, parameters, health; no cases


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(8), default="zh")
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]  # real time
    session_epoch: Mapped[int] = mapped_column(default=0)  # raised to end every session of this person
    last_sign_in_at: Mapped[dt.datetime | None]  # real time
    created_at: Mapped[dt.datetime]
    roles: Mapped[list[UserRole]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    memberships: Mapped[list[Membership]] = relationship(lazy="select", back_populates="user")

    def has_role(self, *roles: str) -> bool:
        """Whether this person has any of the roles."""
        return any(held.role in roles for held in self.roles)


class UserRole(Base):
    """A role a person has."""

    __tablename__ = "user_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class Group(Base):
    """A team that looks after products and tiers."""

    __tablename__ = "groups"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    active: Mapped[bool] = mapped_column(default=True)
    scopes: Mapped[list[GroupScope]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    memberships: Mapped[list[Membership]] = relationship(lazy="select", back_populates="group")


class GroupScope(Base):
    """One product and tier that a group is responsible for; '*' stands for any. Pre-collection has tier ''."""

    __tablename__ = "group_scopes"
    __table_args__ = (UniqueConstraint("group_id", "product", "stage", "tier"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), index=True)
    product: Mapped[str] = mapped_column(String(40), default="*")
    stage: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str] = mapped_column(String(20), default="*")


class Membership(Base):
    """A person in a group: as a member who is given cases, or as its supervisor."""

    __tablename__ = "memberships"

    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
    is_supervisor: Mapped[bool] = mapped_column(default=False)
    capacity: Mapped[int | None]  # open cases at most; empty means unlimited
    group: Mapped[Group] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship(back_populates="memberships")


class Absence(Base):
    """Days on which a person gets no cases; both ends inclusive, business dates."""

    __tablename__ = "absences"
    __table_args__ = (Index("ix_absences_user_id_from_on_to_on", "user_id", "from_on", "to_on"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_on: Mapped[dt.date]
    to_on: Mapped[dt.date]
    reason: Mapped[str] = mapped_column(Text, default="")
