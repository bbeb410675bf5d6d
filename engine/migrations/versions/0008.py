"""Views of lists that people saved"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('saved_views',
    sa.Column('id', big, nullable=False),
    sa.Column('list_name', sa.String(length=40), nullable=False),
    sa.Column('owner_id', big, nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('group_id', big, nullable=True),
    sa.Column('for_all', sa.Boolean(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['group_id'], ['groups.id'], name=op.f('fk_saved_views_group_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_saved_views_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views'))
    )
    op.create_index(op.f('ix_saved_views_group_id'), 'saved_views', ['group_id'], unique=False)
    op.create_index('ix_saved_views_list_name_owner_id', 'saved_views', ['list_name', 'owner_id'], unique=False)


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
