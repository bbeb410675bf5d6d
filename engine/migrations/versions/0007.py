"""Indexes on instants alone, by which statistics read the rows of a period"""

from __future__ import annotations

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_INDEXES = (
    ('assignments', 'from_at'),
    ('assignments', 'to_at'),
    ('follow_ups', 'at'),
    ('follow_ups', 'promise_on'),
    ('ledger_lines', 'at'),
    ('repayments', 'paid_at'),
)


def upgrade() -> None:
    for table, column in _INDEXES:
        op.create_index(f'ix_{table}_{column}', table, [column], unique=False)


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
