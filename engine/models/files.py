"""Photos and documents of customers. What lists need is beside the content, so that no list reads it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.types import Base, BigId


class CustomerFile(Base):
    """A photo or document: what it is, who added it, and who took it away and why. Its content stays."""

    __tablename__ = "customer_files"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))  # on whose page it was added
    kind: Mapped[str] = mapped_column(String(20))  # id_card, bank_card, selfie, document
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))  # of what is kept
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))  # of what was sent
    added_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    added_at: Mapped[dt.datetime]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[dt.datetime | None]
    deletion_reason: Mapped[str | None] = mapped_column(Text)


class FileContent(Base):
    """The bytes of a file, and of its small picture where it is an image."""

    __tablename__ = "file_contents"

    file_id: Mapped[int] = mapped_column(ForeignKey("customer_files.id"), primary_key=True)
    content: Mapped[bytes]
    thumbnail: Mapped[bytes | None]
