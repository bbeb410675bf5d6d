"""Files and refused rows of imports in tables of their own: on SQLite every batch wrote them anew with the run"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('import_files',
    sa.Column('run_id', big, nullable=False),
    sa.Column('source', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['import_runs.id'], name=op.f('fk_import_files_run_id')),
    sa.PrimaryKeyConstraint('run_id', name=op.f('pk_import_files'))
    )
    refusals = op.create_table('import_refusals',
    sa.Column('run_id', big, nullable=False),
    sa.Column('line', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('column', sa.String(length=40), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('params', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('row', sa.JSON(none_as_null=True), nullable=False),
    sa.ForeignKeyConstraint(['run_id'], ['import_runs.id'], name=op.f('fk_import_refusals_run_id')),
    sa.PrimaryKeyConstraint('run_id', 'line', name=op.f('pk_import_refusals'))
    )
    op.execute('INSERT INTO import_files (run_id, source) SELECT id, source FROM import_runs WHERE source IS NOT NULL')
    _move(op.get_bind(), refusals)
    op.drop_column('import_runs', 'source')
    op.drop_column('import_runs', 'refusals')


def _move(connection: sa.Connection, refusals: sa.Table) -> None:
    """What runs kept as one list becomes rows."""
    for run_id, kept in connection.execute(sa.text('SELECT id, refusals FROM import_runs WHERE refused > 0')).all():
        listed = json.loads(kept) if isinstance(kept, str) else kept
        rows = [{'run_id': run_id, **each} for each in listed]
        if rows:
            connection.execute(sa.insert(refusals), rows)


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
