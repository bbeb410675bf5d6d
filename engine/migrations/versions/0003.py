"""Batches that reassign, recall, hand over and give back: what kind they are, why, and who had each case"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('dispatch_batches', sa.Column('kind', sa.String(length=12), nullable=False, server_default='dispatch'))
    op.add_column('dispatch_batches', sa.Column('note', sa.Text(), nullable=False, server_default=''))
    # in one statement, because SQLite adds no constraint to a table that is there
    kind = 'BIGINT' if op.get_bind().dialect.name == 'postgresql' else 'INTEGER'
    constraint = 'CONSTRAINT fk_dispatch_items_from_id REFERENCES users (id)'
    op.execute(f'ALTER TABLE dispatch_items ADD COLUMN from_id {kind} {constraint}')


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
