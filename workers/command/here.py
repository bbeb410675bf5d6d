"""What commands share: the settings of this machine, a wired Dunflow, folders that one process has to itself."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from engine import installing, schema, settings
from engine.errors import DunflowError
from engine.settings import FolderNotWritable, Settings, prepare_folder
from engine.wiring import Dunflow, build
from workers import embedded

console = Console(highlight=False, soft_wrap=True, markup=False)  # names and notes may hold brackets
errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
PRIVATE = 0o077  # what is written tells of customers: for its owner alone


class PortInUse(DunflowError):
    """Port {port} is in use: stop what uses it, or choose another with --port."""


class PortForbidden(DunflowError):
    """{host}:{port} may not be listened on ({reason}); choose another with --host or --port."""


class AlreadyRunning(DunflowError):
    """Dunflow runs in folder {folder} already (process {pid}); stop it first, or choose another folder."""


def found(data: Path | None = None, **changes: object) -> Settings:
    """The settings of this machine, with what the command line says on top."""
    read = settings.read()
    if data is not None:
        read = read.with_data_dir(data.expanduser().absolute())
    given = {name: value for name, value in changes.items() if value is not None}
    return replace(read, **given)  # type: ignore[arg-type]


def with_redis(here: Settings) -> Settings:
    """The address of Redis filled in: that of the embedded server, where none is configured."""
    return here if here.redis_url else replace(here, redis_url=embedded.address(here))


@contextmanager
def opened(here: Settings | None = None) -> Iterator[Dunflow]:
    """A wired Dunflow on a database that is there and up to date. Raises what `schema.check` raises."""
    os.umask(PRIVATE)
    dunflow = build(here or found())
    try:
        schema.check(dunflow.engine)
        dunflow = on_its_clock(dunflow)
        with dunflow.business_time():
            yield dunflow
    finally:
        dunflow.close()


def on_its_clock(dunflow: Dunflow) -> Dunflow:
    """The same; on a demonstration's database with the demonstration's clock, whatever the environment says."""
    with dunflow.sessions() as session:
        demo = installing.is_demo(session)
    return replace(dunflow, settings=replace(dunflow.settings, clock="demo")) if demo else dunflow


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One supervisor to a data folder; the lock goes with the process, however that ends. Raises AlreadyRunning."""
    os.umask(PRIVATE)
    file = _locked(prepare_folder(folder) / "running")
    try:
        yield
    finally:
        os.truncate(file, 0)
        os.close(file)


def _locked(path: Path) -> int:
    """The file, open and ours, saying whose it is."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    except OSError as error:
        raise FolderNotWritable(folder=path.parent, reason=error.strerror or error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(file, 0)
        os.write(file, str(os.getpid()).encode())
    except BlockingIOError as error:
        pid = os.read(file, 20).decode("ascii", "replace").strip() or "?"
        os.close(file)
        raise AlreadyRunning(folder=path.parent, pid=pid) from error
    except OSError as error:
        os.close(file)
        raise FolderNotWritable(folder=path.parent, reason=error.strerror or error) from error
    return file


def require_free(host: str, port: int) -> None:
    """Raise PortInUse or PortForbidden unless this port can be listened on."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], address[1]) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address[4])
    except PermissionError as error:
        raise PortForbidden(host=host, port=port, reason=error.strerror) from error
    except OSError as error:
        if error.errno == 98:  # noqa: PLR2004 - EADDRINUSE
            raise PortInUse(port=port) from error
        raise PortForbidden(host=host, port=port, reason=error.strerror or error) from error


def set_up_logs() -> None:
    """Lines for people on a terminal, with the time elsewhere; libraries only when something is wrong."""
    form = "%(message)s" if sys.stderr.isatty() else "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form, stream=sys.stderr)
    logging.getLogger("rq").setLevel(logging.ERROR)
    logging.getLogger("spiff").setLevel(logging.ERROR)


def ask_password(prompt: str) -> str:
    """A password, unseen on a terminal; else the next line of the input, so that scripts can give it."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")
