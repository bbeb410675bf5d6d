"""Scenarios: how they are read, played and told, and that the house's own cover its diagrams."""
