"""Endings of names and numbers to search by, filled; and indexes for every order of the case list"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_ENDINGS = sa.table('search_endings', sa.column('ending', sa.String), sa.column('customer_id', sa.BigInteger))
_VALUES = """
SELECT id AS customer_id, 'n' AS field, name AS value FROM customers WHERE id > :after AND id <= :last
UNION ALL SELECT id, 'i', id_number FROM customers WHERE id_number IS NOT NULL AND id > :after AND id <= :last
UNION ALL SELECT customer_id, 'p', value FROM contacts
WHERE kind = 'phone' AND customer_id > :after AND customer_id <= :last
"""
_AT_ONCE = 2000
_LISTED = [
    'id', 'customer_id', 'product', 'currency', 'stage', 'tier', 'tier_rank', 'collector_id', 'oldest_due_on',
    'past_due_amount', 'total_outstanding', 'next_action_at', 'last_contact_at', 'last_result_code', 'follow_up_count',
    'opened_at', 'closed_at',
]  # fmt: skip


def upgrade() -> None:
    op.create_table('search_endings',
    sa.Column('ending', sa.String(length=61).with_variant(sa.String(length=61, collation='C'), 'postgresql'), nullable=False),
    sa.Column('customer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_search_endings_customer_id')),
    sa.PrimaryKeyConstraint('ending', 'customer_id', name=op.f('pk_search_endings')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_search_endings_customer_id'), 'search_endings', ['customer_id'], unique=False)
    op.create_index('ix_customers_name', 'customers', ['name'], unique=False)
    op.create_index('ix_cases_last_result_code', 'cases', ['last_result_code'], unique=False)
    op.create_index('ix_cases_product', 'cases', ['product', 'tier', 'status'], unique=False)
    for name, columns in (
        ('id', ['id']),
        ('oldest_due_on', ['oldest_due_on', sa.text('past_due_amount DESC'), 'id']),
        ('tier', ['tier', 'oldest_due_on', sa.text('past_due_amount DESC'), 'id']),
        ('past_due_amount', ['past_due_amount', 'id']),
        ('total_outstanding', ['total_outstanding', 'id']),
        ('tier_rank', ['tier_rank', 'id']),
        ('last_contact_at', [_nulls_first('last_contact_at'), 'id']),
        ('next_action_at', ['next_action_at', 'id']),
        ('follow_up_count', ['follow_up_count', 'id']),
        ('opened_at', ['opened_at', 'id']),
    ):
        _create('open', name, columns, sa.text('closed_at IS NULL'))
    for name, columns in (
        ('id', ['id']),
        ('total_outstanding', ['total_outstanding', 'id']),
        ('last_contact_at', [_nulls_first('last_contact_at'), 'id']),
        ('opened_at', ['opened_at', 'id']),
        ('closed_at', ['closed_at', 'id']),
    ):
        _create('closed', name, columns, sa.text('closed_at IS NOT NULL'))
    op.create_index(
        'ix_cases_open_group_id',
        'cases',
        ['group_id', 'status'],
        unique=False,
        postgresql_where=sa.text('closed_at IS NULL'),
        sqlite_where=sa.text('closed_at IS NULL'),
        postgresql_include=_LISTED,
    )
    reviews = sa.text("role <> 'collector' AND form <> 'dispatch'")
    op.create_index(
        'ix_user_tasks_reviews',
        'user_tasks',
        ['process', 'role', 'business_key'],
        unique=False,
        postgresql_where=reviews,
        sqlite_where=reviews,
        postgresql_include=['form', 'instance_id', 'since_at', 'id'],
    )
    over = sa.text("status <> 'open'")
    op.create_index(
        'ix_operation_requests_decided_at',
        'operation_requests',
        ['decided_at', 'id'],
        unique=False,
        postgresql_where=over,
        sqlite_where=over,
    )
    _fill(op.get_bind())


def _create(kind, name, columns, where) -> None:  # type: ignore[no-untyped-def]
    op.create_index(f'ix_cases_{kind}_{name}', 'cases', columns, unique=False, postgresql_where=where, sqlite_where=where)


def _nulls_first(column: str) -> sa.TextClause:
    return sa.text(f'{column} ASC NULLS FIRST' if op.get_bind().dialect.name == 'postgresql' else column)


def _fill(connection: sa.Connection) -> None:
    """What `engine.search` writes for every customer, as of this version."""
    last = connection.execute(sa.text('SELECT max(id) FROM customers')).scalar() or 0
    for after in range(0, last, _AT_ONCE):
        values = connection.execute(sa.text(_VALUES), {'after': after, 'last': after + _AT_ONCE}).all()
        rows = [
            {'ending': ending, 'customer_id': customer_id}
            for customer_id, its in groupby(sorted(map(tuple, values)), key=lambda row: row[0])
            for ending in sorted({ending for _, field, value in its for ending in _endings(field, value)})
        ]
        if rows:
            connection.execute(sa.insert(_ENDINGS), rows)


def _endings(field: str, value: str) -> Iterator[str]:
    plain = unicodedata.normalize('NFKC', value).casefold()
    words = ''.join(each for each in plain if each.isalnum())[:60]
    for at in range(len(words) - (0 if field == 'n' else 2)):
        yield f'{field}{words[at:]}'


def downgrade() -> None:
    raise NotImplementedError('a backup is the way back')
