"""Replay: history played through the real engine on a simulated clock, and counted."""

from engine.replay.play import Played, Span, play
from engine.replay.report import report

__all__ = ["Played", "Span", "play", "report"]
