"""Customers, orders and repayments from CSV and XLSX files, by the import contract."""

from engine.importing.columns import CONTRACTS, Contract, template
from engine.importing.loading import Into
from engine.importing.outcome import Outcome, refusals_of, refused_file
from engine.importing.reasons import REASONS, FileRefused, Refusal, sentence
from engine.importing.run import begin, import_file, resume

__all__ = [
    "CONTRACTS",
    "REASONS",
    "Contract",
    "FileRefused",
    "Into",
    "Outcome",
    "Refusal",
    "begin",
    "import_file",
    "refusals_of",
    "refused_file",
    "resume",
    "sentence",
    "template",
]
