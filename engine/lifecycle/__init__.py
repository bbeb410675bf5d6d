"""What diagrams may say about cases: facts, functions and operators, and the domain's side of every act."""

from engine.lifecycle.domain import CaseDomain
from engine.lifecycle.words import vocabulary

__all__ = ["CaseDomain", "vocabulary"]
