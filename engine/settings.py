"""What one installation is told from outside: addresses, folders, clock; read from the environment, never changed."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import DunflowError

DEFAULT_PORT = 8000
CLOCKS = ("real", "demo")
LANGUAGES = ("en", "zh")
MOST_PORT = 65_535
DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg")


class SettingWrong(DunflowError):
    """{name} is {value!r}: {reason}."""


class FolderNotWritable(DunflowError):
    """The folder {folder} cannot be written to ({reason}); choose another with DUNFLOW_DATA_DIR, or mend its rights."""


@dataclass(frozen=True)
class Settings:
    """One installation's settings; `redis_url` empty means the server that Dunflow brings along."""

    data_dir: Path
    database_url: str
    redis_url: str = ""
    timezone: str = "Asia/Shanghai"
    secret_key: str = ""
    clock: str = "real"
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    health_port: int = 0  # where workers answer about their health; 0: nowhere
    language: str = "en"

    @property
    def outbox_dir(self) -> Path:
        """Where the embedded gateway puts what is sent."""
        return self.data_dir / "outbox"

    @property
    def is_demo(self) -> bool:
        """Whether business time is the demo's."""
        return self.clock == "demo"

    def with_data_dir(self, folder: Path) -> Settings:
        """The same in another folder; a database that was named stays."""
        kept = self.database_url != _own_database(self.data_dir)
        return replace(
            self, data_dir=folder, database_url=self.database_url if kept else _own_database(folder), secret_key=""
        )

    def secret(self) -> str:
        """The key that signs sessions: the one given, else one made on first use and kept in the data folder.

        Raises FolderNotWritable.
        """
        return self.secret_key or _kept_secret(self.data_dir)

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for processes started with them."""
        return {
            "DUNFLOW_DATA_DIR": str(self.data_dir),
            "DUNFLOW_DATABASE_URL": self.database_url,
            "DUNFLOW_REDIS_URL": self.redis_url,
            "DUNFLOW_TIMEZONE": self.timezone,
            "DUNFLOW_SECRET_KEY": self.secret_key,
            "DUNFLOW_CLOCK": self.clock,
            "DUNFLOW_HOST": self.host,
            "DUNFLOW_PORT": str(self.port),
            "DUNFLOW_HEALTH_PORT": str(self.health_port),
            "DUNFLOW_LANG": self.language,
        }


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises SettingWrong."""
    given = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
    data_dir = _data_dir(given)
    return Settings(
        data_dir=data_dir,
        database_url=database_url("DUNFLOW_DATABASE_URL", given.get("DUNFLOW_DATABASE_URL", _own_database(data_dir))),
        redis_url=given.get("DUNFLOW_REDIS_URL", ""),
        timezone=_timezone(given.get("DUNFLOW_TIMEZONE", "Asia/Shanghai")),
        secret_key=given.get("DUNFLOW_SECRET_KEY", ""),
        clock=_one_of("DUNFLOW_CLOCK", given.get("DUNFLOW_CLOCK", "real"), CLOCKS),
        host=given.get("DUNFLOW_HOST", "127.0.0.1"),
        port=_port("DUNFLOW_PORT", given.get("DUNFLOW_PORT", str(DEFAULT_PORT)), least=1),
        health_port=_port("DUNFLOW_HEALTH_PORT", given.get("DUNFLOW_HEALTH_PORT", "0")),
        language=read_language(given),
    )


def prepare_folder(folder: Path) -> Path:
    """The folder, made if it is missing, for its owner alone. Raises FolderNotWritable."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise FolderNotWritable(folder=folder, reason=error.strerror or error) from error
    return folder


def _data_dir(given: Mapping[str, str]) -> Path:
    """The one that was named, else the place the desktop rules name (freedesktop.org, XDG base directories)."""
    if named := given.get("DUNFLOW_DATA_DIR"):
        return Path(named).expanduser().absolute()
    home = given.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share").absolute() / "dunflow"


def database_url(name: str, url: str) -> str:
    """The address, if it names a database that can be used. Raises SettingWrong, without the password."""
    try:
        parsed = make_url(url)
        known = parsed.drivername in DATABASES
    except (ArgumentError, ValueError):
        known = False
    if known and not (parsed.drivername.startswith("sqlite") and parsed.database in (None, "", ":memory:")):
        return url
    shown = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    raise SettingWrong(name=name, value=shown, reason="sqlite:////path/to/file or postgresql://user:password@host/name")


def _own_database(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'dunflow.db'}"


def _kept_secret(folder: Path) -> str:
    """Made once, readable by its owner only; of two processes that make it at once, the first to write wins."""
    path = prepare_folder(folder) / "secret_key"
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip() or _kept_secret_of_writer(path)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secret := secrets.token_urlsafe(48))
    except OSError as error:
        path.unlink()
        raise FolderNotWritable(folder=folder, reason=error.strerror or error) from error
    return secret


def _kept_secret_of_writer(path: Path) -> str:
    raise FolderNotWritable(folder=path.parent, reason=f"{path.name} is empty; delete it")


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingWrong(name="DUNFLOW_TIMEZONE", value=name, reason="a name such as Asia/Shanghai") from error
    return name


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingWrong(name=name, value=value, reason=f"one of {', '.join(allowed)}")
    return value


def _port(name: str, value: str, least: int = 0) -> int:
    if not value.isascii() or not value.isdigit() or not least <= int(value[:9]) <= MOST_PORT:
        raise SettingWrong(name=name, value=value, reason=f"a port number, {least} to {MOST_PORT}")
    return int(value)


def read_language(given: Mapping[str, str]) -> str:
    """DUNFLOW_LANG, else the first of the usual locale variables that says something; English where none does.

    Raises SettingWrong.
    """
    if named := given.get("DUNFLOW_LANG"):
        return _one_of("DUNFLOW_LANG", named, LANGUAGES)
    located = given.get("LC_ALL") or given.get("LC_MESSAGES") or given.get("LANG") or ""
    return "zh" if located.lower().startswith("zh") else "en"
