"""Benchmarks: what one act costs, and how many timers a sweep fires; run by command, never asserted in time."""
