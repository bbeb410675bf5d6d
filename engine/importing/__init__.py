"""Customers, orders and repayments from CSV and XLSX files, by the import contract."""

from engine.importing.columns import CONTRACTS, Contract
from engine.importing.dates import ORDERS
from engine.importing.guessing import NAMES, guess
from engine.importing.loading import Into
from engine.importing.outcome import Outcome, refusals_of, refused_file
from engine.importing.reading import Sheet, read
from engine.importing.reasons import REASONS, FileRefused, Refusal, sentence
from engine.importing.run import begin, cancel, earlier_mapping, import_file, resume
from engine.importing.templates import csv_template, xlsx_template

__all__ = [
    "CONTRACTS",
    "NAMES",
    "ORDERS",
    "REASONS",
    "Contract",
    "FileRefused",
    "Into",
    "Outcome",
    "Refusal",
    "Sheet",
    "begin",
    "cancel",
    "csv_template",
    "earlier_mapping",
    "guess",
    "import_file",
    "read",
    "refusals_of",
    "refused_file",
    "resume",
    "sentence",
    "xlsx_template",
]
