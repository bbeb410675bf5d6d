"""Languages: which one a request is in, and English messages of the engine in the reader's own."""

from __future__ import annotations

from flask import current_app, request, session
from flask_babel import Babel, get_locale, gettext, lazy_gettext
from flask_login import current_user

from engine import clock
from engine.errors import DunflowError

LANGUAGES = {"zh": "中文", "en": "English"}
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}

babel = Babel()
_ = gettext
_l = lazy_gettext


def _n(message: str) -> str:
    """Marks a message for translation where it is translated later, at its use."""
    return message


def language() -> str:
    """The language of this request: `zh` or `en`."""
    return str(get_locale() or "zh")[:2]


def choose_language() -> str:
    """The signed-in person's own, else what was chosen on the sign-in page, else what the browser asks for."""
    if current_user and current_user.is_authenticated and current_user.locale in LANGUAGES:
        return str(current_user.locale)
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    default = current_app.config["BABEL_DEFAULT_LOCALE"]
    return request.accept_languages.best_match(list(LANGUAGES), default=default) or default


def choose_timezone() -> str:
    """Pages show the lender's time."""
    return clock.zone().key


def bilingual(value: object) -> str:
    """What has a text per language (`Text`, a mapping zh/en) in the reader's; a string translated where known."""
    if isinstance(value, dict):
        return str(value.get(language()) or value.get("en") or "")
    own = getattr(value, language(), None)
    if isinstance(own, str):
        return own
    return str(gettext(value)) if isinstance(value, str) and value.strip() else str(value)


def error_message(error: DunflowError) -> str:
    """An engine error in the reader's language: its template translated, its parameters filled in."""
    template = (type(error).__doc__ or "").strip().splitlines()[0]
    shown = {name: bilingual(value) for name, value in error.params.items()}
    return str(gettext(template)).format_map(_Shown(shown))


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
