"""The ledger: what orders owe, what repayments did, and the immutable lines that prove both. Knows no cases."""

from engine.ledger.amounts import Balance, balances, differences, outstanding_on
from engine.ledger.book import COMPONENTS
from engine.ledger.changing import adjust, charge, charge_all, charge_new, forgive
from engine.ledger.receiving import Incoming, NotReversible, Receipt, receive, reverse

__all__ = [
    "COMPONENTS",
    "Balance",
    "Incoming",
    "NotReversible",
    "Receipt",
    "adjust",
    "balances",
    "charge",
    "charge_all",
    "charge_new",
    "differences",
    "forgive",
    "outstanding_on",
    "receive",
    "reverse",
]
