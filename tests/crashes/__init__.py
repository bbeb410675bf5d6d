"""Processes killed at random, Redis emptied and killed, two people at one task: each effect exactly once."""
