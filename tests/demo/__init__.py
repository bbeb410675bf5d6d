"""The demonstration portfolio."""
