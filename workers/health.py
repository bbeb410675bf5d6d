"""The workers' health endpoint: `GET /health` tells 200 or 503, and why, as JSON; anybody may ask."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy.exc import DBAPIError

from engine import health
from engine.wiring import Dunflow
from workers.connection import RedisUnreachable, reach

WELL, UNWELL = 200, 503


class Endpoint:
    """Answers on a port of this machine while the block lasts; nowhere when the port is 0."""

    def __init__(self, dunflow: Dunflow, port: int) -> None:
        self._dunflow, self._port = dunflow, port
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Endpoint:
        if self._port:
            self._server = ThreadingHTTPServer((self._dunflow.settings.host, self._port), _handler(self._dunflow))
            threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


def answer(dunflow: Dunflow) -> tuple[int, dict[str, Any]]:
    """Status code and body."""
    try:
        with dunflow.business_time(), dunflow.sessions() as session:
            report = health.report(session)
    except DBAPIError as error:
        return UNWELL, {"problems": ["database"], "reason": str(error.orig)}
    report.problems.extend(_redis(dunflow.settings.redis_url))
    return (UNWELL if report.problems else WELL), report.as_dict()


def _redis(url: str) -> list[str]:
    try:
        reach(url).close()
    except RedisUnreachable:
        return ["redis"]
    return []


def _handler(dunflow: Dunflow) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(dunflow) if self.path.split("?")[0] == "/health" else (404, {})
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Polls are not worth a line."""

    return Handler
