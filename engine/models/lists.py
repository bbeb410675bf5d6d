"""How people have their lists: which columns, in which order, how wide; and the views they saved."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class ColumnChoice(Base):
    """The columns of one list, for one person or by default for one group; one of the two is empty."""

    __tablename__ = "column_choices"
    __table_args__ = (UniqueConstraint("list_name", "user_id"), UniqueConstraint("list_name", "group_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_name: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)
    columns: Mapped[list[Any]] = mapped_column(default=list)  # in order: {"key": key, "width": pixels, 0 for as needed}


class SavedView(Base):
    """A question somebody keeps about one list: the list's address. Shared with a group, with all, or with nobody."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_list_name_owner_id", "list_name", "owner_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_name: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[dict[str, Any]] = mapped_column(default=dict)  # parameter -> values, sort order included
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id"), index=True)  # shared with this group
    for_all: Mapped[bool] = mapped_column(default=False)  # shared with everybody who has the list
    position: Mapped[int] = mapped_column(default=0)  # among those of its owner
    created_at: Mapped[dt.datetime]
    deleted_at: Mapped[dt.datetime | None]  # may be taken back
