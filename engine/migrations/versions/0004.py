"""Notifications, and who looked for whom"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_UNREAD = sa.text('read_at IS NULL')


def upgrade() -> None:
    op.create_table('lookups',
    sa.Column('id', _ID, nullable=False),
    sa.Column('user_id', _ID, nullable=False),
    sa.Column('customer_id', _ID, nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_lookups_customer_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_lookups_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lookups'))
    )
    op.create_index('ix_lookups_at', 'lookups', ['at'], unique=False)
    op.create_index('ix_lookups_user_id_at', 'lookups', ['user_id', 'at'], unique=False)
    op.create_table('notifications',
    sa.Column('id', _ID, nullable=False),
    sa.Column('user_id', _ID, nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('told_as', sa.String(length=80), nullable=False),
    sa.Column('case_id', _ID, nullable=True),
    sa.Column('by_id', _ID, nullable=True),
    sa.Column('data', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['users.id'], name=op.f('fk_notifications_by_id')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_notifications_case_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notifications_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notifications'))
    )
    op.create_index('ix_notifications_at', 'notifications', ['at'], unique=False)
    op.create_index('ix_notifications_user_id_at', 'notifications', ['user_id', 'at'], unique=False)
    op.create_index(
        'ix_notifications_unread',
        'notifications',
        ['user_id', 'told_as'],
        unique=False,
        postgresql_where=_UNREAD,
        sqlite_where=_UNREAD,
    )


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
