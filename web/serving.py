"""Serving the pages with waitress: one process, several threads, an orderly end."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from waitress import create_server

from engine import wiring
from engine.errors import DunflowError
from web import settings as web_settings
from web.app import create_app

THREADS = 16


class PortTaken(DunflowError):
    """{address} cannot be listened on: {reason}. Stop what uses it, or choose another with DUNFLOW_PORT."""

    status = 500


def serve(house: wiring.Dunflow) -> None:
    """Serve until SIGTERM or SIGINT, then finish what has begun. Raises PortTaken."""
    settings = house.settings
    app = create_app(house, web_settings.read(settings))
    try:
        server = create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident=None)
    except OSError as error:
        raise PortTaken(address=f"{settings.host}:{settings.port}", reason=error.strerror or error) from error
    signal.signal(signal.SIGTERM, _leave)
    try:
        server.run()
    finally:
        house.close()


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Waitress takes SystemExit as the word to stop listening and let its threads finish."""
    sys.exit(0)
