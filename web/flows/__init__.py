"""The analyst's pages: what is in use, releases with findings and differences, drafts, approval, publishing."""

from web.flows import changing, deciding, listing, pages, sources
from web.flows.blueprint import NAVIGATION, blueprint

__all__ = ["NAVIGATION", "blueprint", "changing", "deciding", "listing", "pages", "sources"]
