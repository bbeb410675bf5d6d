"""Decision tables from DMN: read, decide, and prove complete."""

from engine.flow.completeness import analyse
from engine.flow.dmn_xml import read_tables
from engine.flow.tables import (
    BoundaryUnknown,
    Column,
    Decision,
    Input,
    InputUnusable,
    NoRuleMatches,
    Output,
    Rule,
    SeveralRulesMatch,
    Table,
)

__all__ = [
    "BoundaryUnknown",
    "Column",
    "Decision",
    "Input",
    "InputUnusable",
    "NoRuleMatches",
    "Output",
    "Rule",
    "SeveralRulesMatch",
    "Table",
    "analyse",
    "read_tables",
]
