"""The web application: everything is wired here, once per process."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from types import ModuleType
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from engine import clock
from engine.errors import DunflowError
from engine.wiring import Dunflow
from web import (
    account,
    assets,
    batches,
    blocks,
    case,
    case_list,
    columns,
    database,
    demo,
    desk,
    dispatch,
    errors,
    filters,
    flows,
    groups,
    health,
    i18n,
    imports,
    incident_list,
    jobs,
    navigation,
    neighbours,
    notifications,
    people,
    search,
    security,
    session,
    several,
    shell,
    standing,
    statistics,
    suspension_requests,
    views,
    work,
)
from web.replies import is_htmx
from web.settings import WebSettings

PAGES: tuple[ModuleType, ...] = (
    shell,
    health,
    account,
    work,
    desk,
    case,
    case_list,
    columns,
    views,
    several,
    dispatch,
    batches,
    standing,
    suspension_requests,
    blocks,
    incident_list,
    jobs,
    people,
    groups,
    imports,
    demo,
    search,
    notifications,
    statistics,
    flows,
)
"""Modules with a `blueprint`, and optionally `NAVIGATION` and `NOTICES`. A new page is added here and nowhere else."""


class RowId(IntegerConverter):
    """A row's number in an address; beyond what a database can hold there is nothing."""

    def __init__(self, map: Any, **given: Any) -> None:  # noqa: A002 - the base class calls it so
        super().__init__(map, **{"max": 2**63 - 1} | given)


class Web(Flask):
    """Flask, with the business clock around each request and one transaction in it."""

    house: Dunflow

    def full_dispatch_request(self) -> Any:
        """Everything a request does happens at one business time, at the lender's place."""
        try:
            with self.house.business_time():
                return super().full_dispatch_request()
        except DBAPIError as error:  # a demonstration's clock is in the database
            return self.finalize_request(self.handle_user_exception(error))

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; commit if it succeeded, else undo. An error may say that what was written before it stands."""
        try:
            response = self.make_response(super().dispatch_request())
            database.finish(ok=response.status_code < HTTPStatus.BAD_REQUEST)
        except DunflowError as refused:
            database.finish(ok=getattr(refused, "keeps_changes", False))
            raise
        except BaseException:
            database.finish(ok=False)
            raise
        return response


def create_app(house: Dunflow, settings: WebSettings | None = None, pages: tuple[ModuleType, ...] = PAGES) -> Flask:
    """The application over a wired process (`engine.wiring.build`). `pages` may be extended by tests."""
    settings = settings or WebSettings()
    app = Web(__name__)
    app.house = house
    app.url_map.converters["int"] = RowId
    _configure(app, house, settings)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    # 1. Extensions. The order of what runs before a request: limits, CSRF, then the transaction, then who it is.
    database.attach(app, house)
    security.limiter.init_app(app)
    security.csrf.init_app(app)
    app.before_request(database.begin)
    session.login_manager.init_app(app)
    session.guard(app, idle_seconds=settings.idle_minutes * 60, session_seconds=settings.session_hours * 3600)
    i18n.babel.init_app(app, locale_selector=i18n.choose_language, timezone_selector=i18n.choose_timezone)

    # 2. What every page needs.
    security.protect(app, secure_cookies=settings.secure_cookies)
    errors.register(app)
    filters.register(app)
    _fill_templates(app)

    # 3. Pages.
    for page in pages:
        app.register_blueprint(page.blueprint)
    navigation.contribute(app, pages)
    neighbours.contribute(app, pages)
    columns.contribute(app, pages)
    views.contribute(app, pages)
    return app


def _configure(app: Flask, house: Dunflow, settings: WebSettings) -> None:
    app.config.update(
        SECRET_KEY=house.settings.secret(),
        SQLALCHEMY_DATABASE_URI=house.settings.database_url,
        SESSION_COOKIE_NAME="dunflow",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=settings.session_hours),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # the session's own end is the end of its token
        RATELIMIT_STORAGE_URI=settings.rate_limits,
        RATELIMIT_ENABLED=not settings.testing,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,  # without Redis each process counts by itself; people still get in
        BABEL_DEFAULT_LOCALE=settings.default_language,
        BABEL_TRANSLATION_DIRECTORIES="translations",
        TESTING=settings.testing,
    )
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}


def _fill_templates(app: Flask) -> None:
    app.jinja_env.globals.update(
        asset=assets.asset,
        csp_nonce=security.csp_nonce,
        language=i18n.language,
        languages=i18n.LANGUAGES,
        html_language=lambda: i18n.HTML_LANGUAGE[i18n.language()],
        is_htmx=is_htmx,
        navigation=navigation,
        may_search=search.may_search,
        unread=notifications.unread,
        db_session=database.db.session,
        now=clock.now,
        today=clock.today,
    )
