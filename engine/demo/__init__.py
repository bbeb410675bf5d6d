"""The demonstration portfolio: real card accounts, invented people."""
