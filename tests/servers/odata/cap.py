"""Installs, starts, fills, reads and stops an OData server for tests: SAP CAP on Node with the tables of our entities.

    with cap.start(entities, DATAVERSE, folder) as server:
        server.load({"accounts": [{"accountid": "...", "name": "A"}]})
        httpx.get(server.url + "/accounts")
        server.rows("accounts")

Why the rows go past the server when they are loaded or looked at: 20,000 rows take a second through SQLite and minutes
through requests, and a test must not use what it tests to find out what happened. The server ends with the process that
started it, however that ends, because it reads from a pipe whose other end is then closed.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from crosswalk.entities import Entity
from tests.servers.odata import models, stored
from tests.servers.odata.models import Service
from tests.servers.odata.stored import Cell

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
START_LIMIT = 60.0
PAGE = 5000

_SETTINGS = {
    "requires": {
        "db": {
            "kind": "sqlite",
            "impl": "./database.js",
            "credentials": {"url": "rows.sqlite"},
            "client": {"timeout": 20_000},
        },
        "auth": {"kind": "dummy"},
    },
    "query": {"limit": {"max": PAGE, "reliablePaging": True}},
    "features": {"ieee754compatible": False, "precise_timestamps": True},
    "server": {"body_parser": {"limit": "200mb"}},
    "log": {"levels": {"cds": "error", "odata": "error", "http": "error"}},
}


class NotInstalled(Exception):
    """Node or npm is missing on this machine; the message says which."""


@dataclass(frozen=True, slots=True)
class Change:
    """A row that was removed: its place in the order of all writes, its table, its key by column."""

    version: int
    entity: str
    key: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `url` is the address of the service, without a final slash; `process` its Node process."""

    url: str
    service: Service
    entities: Mapping[str, Entity]
    folder: Path
    process: subprocess.Popen[bytes]

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def load(self, rows: Mapping[str, Iterable[Mapping[str, object]]]) -> None:
        """Insert rows, or replace those with the same key, past the server: by table, cells by column as Python values
        or as text. A row without row version or modified time gets them as if the server had written it.
        """
        with self._file() as connection:
            connection.execute("UPDATE crosswalk_server SET stamping = 0")
            (version,) = connection.execute("SELECT version FROM crosswalk_server").fetchone()
            for table, given in rows.items():
                entity = self.entities[table]
                stamped = list(_stamped(given, entity, version))
                version = max([version, *(int(str(row[entity.row_version])) for row in stamped if entity.row_version)])
                cells = [stored.row_to(row, entity, self.service) for row in stamped]
                connection.executemany(stored.insertion(entity, self.service), cells)
            connection.execute("UPDATE crosswalk_server SET stamping = 1, version = ?", (version,))

    def load_folder(self, folder: Path) -> None:
        """Load CSV files that are named after tables, as `examples` keeps them: an empty cell is null."""
        for file in sorted(folder.glob("*.csv")):
            with file.open(encoding="utf-8", newline="") as lines:
                found = [{name: cell or None for name, cell in row.items()} for row in csv.DictReader(lines)]
            self.load({file.stem: found})

    def rows(self, table: str) -> list[dict[str, Cell]]:
        """Give all rows of a table in the order of their keys, by column of the entity."""
        entity = self.entities[table]
        with self._file() as connection:
            found = connection.execute(stored.selection(entity, self.service)).fetchall()
        return [stored.row_of(row, entity, self.service) for row in found]

    def remove(self, table: str, key: Mapping[str, object]) -> None:
        """Remove a row as its system would: it leaves its key behind for change tracking."""
        entity = self.entities[table]
        columns = " AND ".join(f'"{models.stored_name(self.service, entity.columns[c])}" = ?' for c in key)
        with self._file() as connection:
            text = f'DELETE FROM "{models.table_name(self.service, entity)}" WHERE {columns}'
            assert connection.execute(text, [str(value) for value in key.values()]).rowcount == 1

    def clear(self) -> None:
        """Empty all tables, as a new server has them; row versions go on growing."""
        with self._file() as connection:
            connection.execute("UPDATE crosswalk_server SET stamping = 0")
            for entity in self.entities.values():
                connection.execute(f'DELETE FROM "{models.table_name(self.service, entity)}"')
            connection.execute("DELETE FROM crosswalk_removed")
            connection.execute("UPDATE crosswalk_server SET stamping = 1")

    def version(self) -> int:
        """Give the number of the newest write."""
        with self._file() as connection:
            return int(connection.execute("SELECT version FROM crosswalk_server").fetchone()[0])

    def removed(self, table: str, since: int = 0) -> list[Change]:
        """List the rows of a table that were removed after a write, oldest first."""
        query = "SELECT version, entity, key FROM crosswalk_removed WHERE entity = ? AND version > ? ORDER BY version"
        with self._file() as connection:
            found = connection.execute(query, (table, since)).fetchall()
        return [Change(version, entity, stored.removed_key(key)) for version, entity, key in found]

    def stop(self) -> None:
        """End the server and everything it started. Stopping twice does no harm."""
        stop_group(self.process)

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.folder / "rows.sqlite", timeout=30)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            yield connection


def start(entities: Collection[Entity], service: Service, folder: Path, etags: Collection[str] | None = None) -> Server:
    """Start a server with empty tables in an empty folder and wait until it answers. Lookups must lead to tables in
    `entities` (see `models.with_targets`). `etags` names the tables whose rows carry an ETag; None means all that have
    a row version. Raises `NotInstalled`, or `RuntimeError` with what the server said.
    """
    modules = install()
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, entities, service, etags)
    (folder / "node_modules").symlink_to(modules)
    settings = json.dumps({**_SETTINGS, "runtime": {"patch_as_upsert": service.upserts}})
    environment = os.environ | {"NODE_ENV": "production", "CDS_CONFIG": settings, "NODE_NO_WARNINGS": "1"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [modules / ".bin" / "node", "server.js"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        port = _port(process, folder / "server.log")
    except BaseException:
        stop_group(process)
        raise
    url = f"http://127.0.0.1:{port}{service.path}"
    return Server(url, service, {entity.ref.entity: entity for entity in entities}, folder, process)


def install() -> Path:
    """Give the folder of the Node packages; install them the first time. The folder is shared by all servers: it is
    ``$CROSSWALK_SERVERS``, else ``build/servers`` in the repository. Raises `NotInstalled`.
    """
    folder = Path(os.environ.get("CROSSWALK_SERVERS") or ROOT / "build" / "servers") / "odata"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_bytes()
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = folder / ".ready"
        if not (ready.exists() and ready.read_bytes() == wanted):
            _npm(folder)
            ready.write_bytes(wanted)
    return folder / "node_modules"


def _npm(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled("npm is not on the path; the OData servers of the tests need it once, to install")
    shutil.copy(HERE / "package.json", folder)
    command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise NotInstalled(f"npm could not install the OData server: {done.stderr.strip()[-2000:]}")


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads its own group, and the group: politely, then not."""
    if process.stdin is not None:
        process.stdin.close()
    for sign, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
    process.wait(timeout=5)


def _write(folder: Path, entities: Collection[Entity], service: Service, etags: Collection[str] | None) -> None:
    (folder / "model.csn").write_text(json.dumps(models.csn(entities, service, etags)), encoding="utf-8")
    (folder / "model.json").write_text(json.dumps(models.facts(entities, service)), encoding="utf-8")
    (folder / "triggers.sql").write_text(stored.triggers(entities, service), encoding="utf-8")
    for name in ("server.js", "database.js", "package.json"):
        shutil.copy(HERE / name, folder)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    end = monotonic() + START_LIMIT
    while monotonic() < end:
        text = log.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            if line.startswith("listening on ") and text.endswith("\n"):
                return int(line.removeprefix("listening on "))
        if process.poll() is not None:
            raise RuntimeError(f"the OData server ended with {process.returncode}:\n{text[-4000:]}")
        sleep(0.02)
    raise RuntimeError(f"the OData server did not answer within {START_LIMIT:.0f} s:\n{log.read_text()[-4000:]}")


def _stamped(rows: Iterable[Mapping[str, object]], entity: Entity, version: int) -> Iterator[Mapping[str, object]]:
    now = datetime.now(UTC)
    for row in rows:
        version += 1
        stamps = {entity.row_version: version, entity.modified: now}
        missing = {column: value for column, value in stamps.items() if column and row.get(column) in (None, "")}
        yield {**row, **missing}


if __name__ == "__main__":
    sys.stdout.write(f"{install()}\n")
