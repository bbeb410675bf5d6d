"""The tables, by aggregate; no queries."""

from engine.models.attention import Lookup, Notification
from engine.models.cases import (
    Assignment,
    Case,
    CaseOrder,
    ClosingReason,
    Draft,
    FollowUp,
    OperationRequest,
    Stage,
    Status,
    Suspension,
    SuspensionEnd,
    SuspensionKind,
)
from engine.models.customers import Contact, Customer
from engine.models.desk import CaseLease
from engine.models.dispatching import DONE, BatchKind, DispatchBatch, DispatchItem, Method, StandingRule
from engine.models.files import CustomerFile, FileContent
from engine.models.flow import (
    Definition,
    HistoryEntry,
    InboxMessage,
    Incident,
    Instance,
    OutboxMessage,
    Release,
    ReleaseDefinition,
    ReleaseStatus,
    Subscription,
    Timer,
    UserTask,
)
from engine.models.importing import ImportFile, ImportRefusal, ImportRun
from engine.models.lists import ColumnChoice, SavedView
from engine.models.loans import Component, LedgerLine, LineKind, LoanOrder, Product, Repayment
from engine.models.operations import DeadLetter, DemoClock, Heartbeat, ParameterValue
from engine.models.people import Absence, Group, GroupScope, Membership, Role, User, UserRole
from engine.models.searching import ENDING, Ending
from engine.models.types import Base, Instant, Money

__all__ = [
    "DONE",
    "ENDING",
    "Absence",
    "Assignment",
    "Base",
    "BatchKind",
    "Case",
    "CaseLease",
    "CaseOrder",
    "ClosingReason",
    "ColumnChoice",
    "Component",
    "Contact",
    "Customer",
    "CustomerFile",
    "DeadLetter",
    "Definition",
    "DemoClock",
    "DispatchBatch",
    "DispatchItem",
    "Draft",
    "Ending",
    "FileContent",
    "FollowUp",
    "Group",
    "GroupScope",
    "Heartbeat",
    "HistoryEntry",
    "ImportFile",
    "ImportRefusal",
    "ImportRun",
    "InboxMessage",
    "Incident",
    "Instance",
    "Instant",
    "LedgerLine",
    "LineKind",
    "LoanOrder",
    "Lookup",
    "Membership",
    "Method",
    "Money",
    "Notification",
    "OperationRequest",
    "OutboxMessage",
    "ParameterValue",
    "Product",
    "Release",
    "ReleaseDefinition",
    "ReleaseStatus",
    "Repayment",
    "Role",
    "SavedView",
    "Stage",
    "StandingRule",
    "Status",
    "Subscription",
    "Suspension",
    "SuspensionEnd",
    "SuspensionKind",
    "Timer",
    "User",
    "UserRole",
    "UserTask",
]
