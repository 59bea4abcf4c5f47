"""Builds a small project in a folder, fills its tables, runs it, and reads the tables back.

The system `store` is where orders come from, `books` is where they go. A test writes its maps as YAML, puts rows as
dicts and asserts the exact rows and fates. Every run is also checked for what must hold of any run.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import duckdb

from crosswalk import api
from crosswalk.results import LegResult, Reject, RunResult

Row = Mapping[str, object]
Fates = dict[str, dict[str, int]]

KEPT = "  changed: {type: datetime}\n  version: {type: int}\n"
ROLES = "modified: changed\nrow_version: version\n"
STORE = {
    "store.regions": "key: [code]\n" + ROLES + "columns:\n  code: {type: text(10)}\n  name: {type: text(40)}\n" + KEPT,
    "store.countries": (
        "key: [code]\n" + ROLES + "columns:\n  code: {type: text(2)}\n  name: {type: text(40)}\n"
        "  region: {type: text(10), to: regions}\n" + KEPT
    ),
    "store.customers": (
        "key: [id]\n" + ROLES + "columns:\n  id: {type: int}\n  name: {type: text(60)}\n"
        "  country: {type: text(2), to: countries}\n" + KEPT
    ),
    "store.companies": "key: [id]\ncolumns:\n  id: {type: int}\n  code: {type: text(4)}\n",
    "store.orders": (
        "key: [id]\n" + ROLES + "company: company\ncolumns:\n  id: {type: int}\n  number: {type: text(20)}\n"
        "  title: {type: text(200)}\n  customer: {type: int, to: customers}\n"
        "  payer: {type: int, to: [customers, companies]}\n  company: {type: text(4)}\n"
        "  status: {type: choice, choices: {1: Draft, 2: Open, 3: Closed}}\n"
        '  amount: {type: "decimal(12,2)"}\n  quantity: {type: int}\n  placed: {type: date}\n'
        "  currency: {type: text(3)}\n  done: {type: text(20)}\n" + KEPT
    ),
    "store.parts": (
        "key: [id]\n" + ROLES + "columns:\n  id: {type: int}\n  order: {type: int}\n  item: {type: text(20)}\n"
        '  amount: {type: "decimal(12,2)"}\n' + KEPT
    ),
    "store.rates": (
        "key: [currency, since]\ncompany: company\nvalid: [since, until]\ncolumns:\n  currency: {type: text(3)}\n"
        '  company: {type: text(4)}\n  since: {type: date}\n  until: {type: date}\n  rate: {type: "decimal(12,4)"}\n'
    ),
}
BOOK_ROLES = "modified: Changed\nrow_version: Version\n"
BOOK_KEPT = "  Changed: {type: datetime}\n  Version: {type: int}\n"
STATE = "  State: {type: choice, choices: {0: Draft, 1: Posted}}\n"
BOOKS = {
    "books.sales": (
        "key: [Number]\n" + BOOK_ROLES + "columns:\n  Number: {type: text(20), required: true}\n"
        '  Title: {type: text(20)}\n  Name: {type: text(60)}\n  Amount: {type: "decimal(14,2)"}\n'
        "  Count: {type: int}\n  Day: {type: date}\n  Kind: {type: text(10)}\n  Header: {type: text(20)}\n"
        "  Place: {type: int}\n" + STATE + BOOK_KEPT
    ),
    "books.fees": (
        "key: [Number]\n" + BOOK_ROLES + "columns:\n  Number: {type: text(20), required: true}\n"
        "  Title: {type: text(20)}\n" + BOOK_KEPT
    ),
    "books.headers": (
        "key: [Id]\n"
        + BOOK_ROLES
        + "columns:\n  Id: {type: text(20), required: true}\n  Group: {type: text(20)}\n"
        + STATE
        + BOOK_KEPT
    ),
}
START = datetime(2025, 1, 1)
PROJECT = """\
project: shop
database: work.duckdb
overlap: 60s
publish: false
connections:
  dev:
    store: {kind: embedded}
    books: {kind: embedded}
sequences:
  sales: {format: "S-{000}"}
  headers: {format: "H-{00}"}
"""


def full_map(lines: str) -> str:
    """Complete a map of orders to sales: what `lines` does not say is taken from the plain one."""
    text = dedent(lines)
    plain = {
        "map": "orders",
        "flow": "sync",
        "source": "store.orders",
        "target": "books.sales",
        "key": "{Number: number}",
        "fields": "{Title: title}",
    }
    own = {line.split(":")[0] for line in text.splitlines()}
    if "targets" in own:
        own.add("target")
    return "".join(f"{name}: {value}\n" for name, value in plain.items() if name not in own) + text


class Shop:
    """A project in a folder. Rows that are put get the next hour as their modified time, unless they bring one."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        """`template` is a database that has the tables of the entities as they stand here."""
        self.root = folder / "maps"
        self.clock = START
        self.last: RunResult | None = None
        self._loaded: api.Loaded | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self.write("crosswalk.yaml", PROJECT)
        for ref, text in {**STORE, **BOOKS}.items():
            self.entity(ref, text)
        self.template = template

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self._loaded = None

    def setting(self, old: str, new: str) -> None:
        """Change the project file."""
        text = (self.root / "crosswalk.yaml").read_text(encoding="utf-8")
        assert old in text
        self.write("crosswalk.yaml", text.replace(old, new))

    def entity(self, ref: str, text: str) -> None:
        system, _, name = ref.partition(".")
        self.write(f"entities/{system}/{name}.entity.yaml", f"entity: {name}\nsystem: {system}\n{dedent(text)}")
        self.template = None

    def edit(self, ref: str, old: str, new: str) -> None:
        """Change the file of an entity."""
        system, _, name = ref.partition(".")
        file = f"entities/{system}/{name}.entity.yaml"
        text = (self.root / file).read_text(encoding="utf-8")
        assert old in text
        self.write(file, text.replace(old, new))
        self.template = None

    def map(self, lines: str = "", file: str = "orders") -> Shop:
        """Write a map; see `full_map`."""
        self.write(f"{file}.map.yaml", full_map(lines))
        return self

    @property
    def loaded(self) -> api.Loaded:
        """The project, for a call of the engine: the test lets go of the database."""
        self.close()
        return self._project

    @property
    def _project(self) -> api.Loaded:
        if self._loaded is None:
            self._loaded = api.load(self.root)
        return self._loaded

    @property
    def database(self) -> Path:
        return self._project.database

    def open(self) -> duckdb.DuckDBPyConnection:
        """Open the database, or go on with it; the next call of the engine closes it."""
        if self._connection is None:
            if not self.database.exists():
                self._make_tables()
            self._connection = duckdb.connect(str(self.database), config={"python_enable_replacements": "false"})
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _make_tables(self) -> None:
        if self.template is None:
            api.make_tables(self._project)
        else:
            shutil.copyfile(self.template, self.database)

    def put(self, ref: str, *rows: Row) -> Shop:
        """Insert rows, or change those that exist: columns not named keep their value."""
        entity = next(e for e in self._project.project.entities.values() if str(e.ref) == ref)
        connection = self.open()
        table = f"{_quoted(entity.ref.system)}.{_quoted(entity.ref.entity)}"
        where = " AND ".join(f"{_quoted(part)} IS NOT DISTINCT FROM ?" for part in entity.key)
        for row in rows:
            self.clock += timedelta(hours=1)
            key = [row.get(part) for part in entity.key]
            cursor = connection.execute(f"SELECT * FROM {table} WHERE {where}", key)
            names = [column[0] for column in cursor.description or []]
            old = cursor.fetchone()
            new: dict[str, Any] = dict(zip(names, old or [None] * len(names), strict=True))
            if entity.row_version:
                new[entity.row_version] = (new[entity.row_version] or 0) + 1
            if entity.modified:
                new[entity.modified] = self.clock
            new.update(row)
            connection.execute(f"DELETE FROM {table} WHERE {where}", key)
            marks = ", ".join("?" * len(new))
            columns = ", ".join(_quoted(column) for column in new)
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(new.values()))
        return self

    def remove(self, ref: str, where: str) -> Shop:
        return self.sql(f"DELETE FROM {ref} WHERE {where}")

    def sql(self, *statements: str) -> Shop:
        for statement in statements:
            self.open().execute(statement)
        return self

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        return self.open().execute(sql).fetchall()

    def rows(self, ref: str, columns: str) -> list[tuple[Any, ...]]:
        """Read columns of a table, ordered by them."""
        names = ", ".join(_quoted(column) for column in columns.split())
        return self.read(f"SELECT {names} FROM {ref} ORDER BY ALL")

    def sales(self, columns: str = "Number Title") -> list[tuple[Any, ...]]:
        return self.rows("books.sales", columns)

    def run(self, *wanted: str, **asked: Any) -> Fates:  # noqa: ANN401
        """Run, and give the fates that are not zero, by leg."""
        return self._checked(api.run(self.loaded, wanted, **asked))

    def one(self, *wanted: str, **asked: Any) -> dict[str, int]:  # noqa: ANN401
        """Run, and give the fates of the only leg."""
        (fates,) = self.run(*wanted, **asked).values()
        return fates

    def stopped(self, *wanted: str, **asked: Any) -> str:  # noqa: ANN401
        """Run into a guard, see that nothing at all was written, and give the guard's code."""
        before = self.everything()
        result = self.last = api.run(self.loaded, wanted, **asked)
        assert result.exit_code == 4, result.message
        assert self.everything() == before
        return result.message.split(":")[0]

    def said(self) -> tuple[str, str]:
        """Give what the last run that was stopped said, without its code, and how to go on."""
        assert self.last is not None
        return self.last.message.partition(": ")[2], self.last.next_command

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Read every table of the database, row by row."""
        names = self.read(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        )
        return {
            f"{schema}.{table}": self.read(f"SELECT * FROM {_quoted(schema)}.{_quoted(table)} ORDER BY ALL")
            for schema, table in names
        }

    def retry(self, *wanted: str, **asked: Any) -> Fates:  # noqa: ANN401
        return self._checked(api.retry(self.loaded, wanted, **asked))

    def plan(self, *wanted: str, **asked: Any) -> Fates:  # noqa: ANN401
        self.last = api.plan(self.loaded, wanted, **asked)
        assert not self.last.committed
        return {_name(leg): _counted(leg) for leg in self.last.legs}

    def leg(self, name: str = "orders") -> LegResult:
        """Give the result of a leg in the last run."""
        assert self.last is not None
        return next(leg for leg in self.last.legs if _name(leg) == name)

    def findings(self, name: str = "orders") -> dict[str, tuple[int, str]]:
        return {found.code: (found.count, found.sample) for found in self.leg(name).findings}

    def rejects(self, wanted: str | None = None) -> list[tuple[str, str, str]]:
        """List the open rows as key, fate and code, by key."""
        return sorted((one.key, one.fate, one.code) for one in self.open_rows(wanted))

    def open_rows(self, wanted: str | None = None) -> tuple[Reject, ...]:
        return api.rejects(self.loaded, wanted)

    def _checked(self, result: RunResult) -> Fates:
        self.last = result
        assert result.exit_code in (0, 3), result.message
        assert result.committed
        for leg in result.legs:
            assert leg.examined == sum(leg.fates.values())
        return {_name(leg): _counted(leg) for leg in result.legs}


def now() -> datetime:
    """The time as the engine writes it: for tables that the engine itself changes too."""
    return datetime.now(UTC).replace(tzinfo=None)


def block(name: str, *lines: str) -> str:
    """Write a block of a map from its lines."""
    return f"{name}:\n" + "".join(indent(dedent(line).strip("\n"), "  ") + "\n" for line in lines)


def orders(*rows: Sequence[object]) -> list[dict[str, object]]:
    """Short orders: key, number and title."""
    return [{"id": key, "number": number, "title": title} for key, number, title in rows]


def _name(leg: LegResult) -> str:
    return leg.map_name if leg.leg == "out" else f"{leg.map_name}:{leg.leg}"


def _counted(leg: LegResult) -> dict[str, int]:
    return {fate: count for fate, count in leg.fates.items() if count}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
