"""Statistics: repayments, collectors' performance, recovery; as table, chart and file, each figure with its cases."""

from web.statistics import cases, pages
from web.statistics.blueprint import NAVIGATION, blueprint

__all__ = ["NAVIGATION", "blueprint", "cases", "pages"]
