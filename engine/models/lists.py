"""How people have their lists: which columns, in which order, how wide."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
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
