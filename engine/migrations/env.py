"""Alembic's entry: runs on the connection that `engine.schema` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from engine.schema import OPTIONS

connection = context.config.attributes["connection"]
context.configure(connection=connection, **OPTIONS)
context.run_migrations()
