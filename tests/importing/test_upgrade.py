"""An upgrade takes the files and refusals of imports along."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import importing, schema
from engine.db import make_engine
from engine.models import ImportFile, ImportRun
from tests.databases import Postgres

_RUN = """INSERT INTO import_runs (id, kind, filename, status, source, options, rows, position, created, changed,
unchanged, refused, refusals, started_at) VALUES (7, 'customers', 'f.csv', 'running', :source, '{}', 2, 1, 0, 0, 0, 1,
'[{"line": 2, "column": "name", "reason": "missing", "params": {}, "row": {"customer_id": "C1"}}]', '2026-03-01')"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_runs_kept_becomes_rows_of_their_own(tmp_path: Path, postgres_server: Postgres, kind: str) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else postgres_server.create())
    schema.upgrade(engine, "0005")
    with engine.begin() as connection:
        connection.execute(text(_RUN), {"source": b"customer_id,name\nC1,\nC2,Li\n"})
    schema.upgrade(engine)
    with Session(engine) as session:
        assert session.get_one(ImportFile, 7).source.endswith(b"C2,Li\n")
        assert session.get_one(ImportRun, 7).position == 1
        refusal = importing.refusals_of(session, 7)[0]
        assert (refusal.line, refusal.text("zh"), refusal.row) == (2, "不能为空", {"customer_id": "C1"})
    engine.dispose()
