"""The columns that people and teams chose for their lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('column_choices',
    sa.Column('id', big, nullable=False),
    sa.Column('list_name', sa.String(length=40), nullable=False),
    sa.Column('user_id', big, nullable=True),
    sa.Column('group_id', big, nullable=True),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_column_choices_group_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_column_choices_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_column_choices')),
    sa.UniqueConstraint('list_name', 'group_id', name=op.f('uq_column_choices_list_name_group_id')),
    sa.UniqueConstraint('list_name', 'user_id', name=op.f('uq_column_choices_list_name_user_id'))
    )
    op.create_index(op.f('ix_column_choices_group_id'), 'column_choices', ['group_id'], unique=False)
    op.create_index(op.f('ix_column_choices_user_id'), 'column_choices', ['user_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
