"""`GET /health` of the pages: 200 while they can be served, else 503 and what is missing, as JSON; anybody may ask."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from engine.models import Heartbeat
from web.database import db, house
from web.session import public

blueprint = Blueprint("health", __name__)

PATIENCE_SECONDS = 2


@blueprint.get("/health")
@public
def page() -> Response:
    """Whether the database answers, and Redis where one is named; whether workers live, their own endpoint says."""
    problems = [name for name, answers in (("database", _database()), ("redis", _redis())) if not answers]
    response = jsonify(problems=problems)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    return response


def _database() -> bool:
    """A table is read, for an empty database serves no pages either."""
    try:
        db.session().execute(select(Heartbeat.name).limit(1))
    except DBAPIError:
        db.session.rollback()
        return False
    return True


def _redis() -> bool:
    url = house().settings.redis_url
    if not url:
        return True
    try:
        with Redis.from_url(url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError):
        return False
    return True
