"""What the records of one import say of tables: columns, where these lead, and what filters show of their types.

Why over all records: maps share tables, and what one of them leaves out (the table behind a lookup) another may name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from crosswalk.dualwrite.answers import Answers
from crosswalk.dualwrite.filters import odata, ranges
from crosswalk.dualwrite.filters.tree import Comparison, Filter, FilterError, Match, leaves
from crosswalk.dualwrite.paths import DataversePath, plural, read_path, singular
from crosswalk.dualwrite.records import Line, Record, Side

COMPANY_CODE = "cdm_companycode"


@dataclass(frozen=True, slots=True)
class Systems:
    """What the two sides are called in the project."""

    finance: str = "finops"
    dataverse: str = "dataverse"

    @property
    def left(self) -> str:
        return self.finance

    @property
    def right(self) -> str:
        return self.dataverse

    def of(self, side: Side) -> str:
        return self.finance if side == "finance" else self.dataverse


@dataclass(slots=True)
class Column:
    """`values` are the spellings that records hold for it; `labels` names codes by the other side; `seen` are kinds
    of constants in filters.
    """

    name: str
    to: tuple[str, ...] = ()
    refers: bool = False
    values: dict[str, None] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class Table:
    side: Side
    system: str
    name: str
    title: str
    columns: dict[str, Column] = field(default_factory=dict)
    mapped: bool = False

    @property
    def ref(self) -> str:
        return f"{self.system}.{self.name}"

    def column(self, name: str) -> Column:
        """Find a column, whatever its letter case, or note it."""
        return self.columns.setdefault(name.casefold(), Column(name))


@dataclass(slots=True)
class Catalogue:
    """All tables by side and name. `wanted` are lookups of which no record says where they lead."""

    systems: Systems
    answers: Answers
    tables: dict[tuple[Side, str], Table] = field(default_factory=dict)
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    natural: dict[str, dict[str, None]] = field(default_factory=dict)
    wanted: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def table(self, side: Side, title: str) -> Table:
        name = table_name(title) if side == "finance" else title
        return self.tables.setdefault((side, name.casefold()), Table(side, self.systems.of(side), name, title))

    def sides(self, record: Record) -> tuple[Table, Table]:
        return self.table("finance", record.finance), self.table("dataverse", record.dataverse)

    def leads_to(self, table: Table, column: str, branch: str = "") -> str:
        """Say which table a lookup leads to: as answered, else as a record says; blank where nobody does."""
        where = f"tables: {table.ref}: references"
        answered = self.answers.of_table(table.ref, "references")
        mine = answered.get(column) if isinstance(answered, dict) else None
        if isinstance(mine, dict):
            return self.answers.pairs(mine, where).get(branch, "")
        if isinstance(mine, str) and not branch:
            return mine
        return "" if branch else self.said.get((table.ref, column.casefold()), "")

    def walk(self, table: Table, path: DataversePath) -> tuple[str, ...] | None:
        """Follow a path and note what it passes; give our spellings of it, one for each branch.

        None where a lookup on the way leads nobody knows where.
        """
        if path.branches:
            return self._branches(table, path)
        here, spelled = table, list[str]()
        for part in path.parts[:-1]:
            column = here.column(part)
            column.refers = True
            there = self.leads_to(here, column.name)
            if (here.ref, column.name.casefold()) not in self.said:
                self.wanted.setdefault((here.ref, column.name), ())
            if not there:
                return None
            column.to = tuple(dict.fromkeys((*column.to, there)))
            spelled.append(column.name)
            here = self.table("dataverse", there)
        return (".".join([*spelled, here.column(path.parts[-1]).name]),)

    def _branches(self, table: Table, path: DataversePath) -> tuple[str, ...] | None:
        column = table.column(path.head)
        column.refers = True
        names = tuple(branch.table for branch in path.branches)
        found = [self.leads_to(table, column.name, name) for name in names]
        self.wanted[table.ref, column.name] = names
        if not all(found):
            return None
        column.to = tuple(dict.fromkeys((*column.to, *found)))
        spelled: list[str] = []
        for there, branch in zip(found, path.branches, strict=True):
            below = self.table("dataverse", there)
            for name in branch.columns:
                inner = self.walk(below, DataversePath(tuple(name.split("."))))
                if inner is None:
                    return None
                spelled.append(f"{column.name}.{there}.{inner[0]}")
        return tuple(spelled)

    def end_of(self, table: Table, path: DataversePath) -> Column | None:
        """Give the column at the end of a path; None where a lookup on the way leads nobody knows where."""
        for part in path.parts[:-1]:
            there = self.leads_to(table, table.column(part).name)
            if not there:
                return None
            table = self.table("dataverse", there)
        return table.column(path.parts[-1])

    def row_id(self, table: Table) -> str:
        """Name the column of row ids: as answered, else as the platform forms it."""
        answered = self.answers.of_table(table.ref, "row_id")
        return self.answers.text(answered, f"tables: {table.ref}: row_id") or self.usual_row_id(table)

    def usual_row_id(self, table: Table) -> str:
        """Form the name as the platform does; a column by which lookups find rows is no row id."""
        usual = f"{singular(table.name)}id"
        return f"{usual}_of_row" if usual.casefold() in self.natural.get(table.name.casefold(), {}) else usual

    def kind(self, table: Table, column: Column) -> str:
        """Say the type of a column: answered, or what is beyond doubt, or text."""
        where = f"tables: {table.ref}: types"
        answered = self.answers.pairs(self.answers.of_table(table.ref, "types"), where)
        for name, kind in answered.items():
            if name.casefold() == column.name.casefold():
                return kind
        is_id = table.side == "dataverse" and column.name.casefold() == self.row_id(table).casefold()
        return "guid" if is_id or column.refers else _shown_kind(column)


def _shown_kind(column: Column) -> str:
    """Say what the constants of filters show of a type, as far as no value of a map speaks against it."""
    kinds = {kind for kind in column.seen if kind != "null"}
    if kinds == {"number"} and all(re.fullmatch(r"-?\d{1,18}", value) for value in column.values if value):
        return "int"
    if kinds == {"boolean"} and all(value.lower() in ("true", "false") for value in column.values if value):
        return "boolean"
    if kinds == {"guid"}:
        return "guid"
    if kinds and kinds <= {"date", "datetime"}:
        return "datetime" if "datetime" in kinds else "date"
    return "text"


def table_name(title: str) -> str:
    """Give a table with a title a name without blanks: Customers V3 is CustomersV3."""
    words = re.findall(r"\w+", title)
    return "".join(word[0].upper() + word[1:] for word in words) or title


def gather(records: Iterable[Record], answers: Answers, systems: Systems) -> Catalogue:
    """Note what all records say of their tables."""
    listed = tuple(records)
    found = Catalogue(systems, answers)
    for record in listed:
        _explicit(found, record)
    for record in listed:
        finance, dataverse = found.sides(record)
        finance.mapped = dataverse.mapped = True
        for line in record.lines:
            _note(found, finance, dataverse, line)
        for table, text in ((finance, record.finance_filter), (dataverse, record.dataverse_filter)):
            _note_filter(found, table, text)
    for record in (*listed, *listed):
        _share(found, record)
    for title, lookup, ending in endings(listed):
        table = found.table("dataverse", title)
        there = found.leads_to(table, lookup) or likely(found, table, lookup, ending)
        found.natural.setdefault(there.casefold(), {})[ending.casefold()] = None
    for table in tuple(found.tables.values()):
        _note_company(found, table)
    return found


def _explicit(found: Catalogue, record: Record) -> None:
    _, dataverse = found.sides(record)
    for line in record.lines:
        path = read_path(line.dataverse)
        if path is None or path.branches or len(path.parts) < 2:
            continue
        if line.related:
            found.said.setdefault((dataverse.ref, path.head.casefold()), line.related)


def _note(found: Catalogue, finance: Table, dataverse: Table, line: Line) -> None:
    end: Column | None = None
    if line.dataverse:
        path = read_path(line.dataverse)
        if path is None:
            return
        spelled = found.walk(dataverse, path)
        end = dataverse.column(path.head) if path.plain else None
        if spelled is None:
            end = None
    for own, beside, side in ((line.finance, line.dataverse, "finance"), (line.dataverse, line.finance, "dataverse")):
        column = finance.column(own) if side == "finance" and own else end if side == "dataverse" else None
        if column is None:
            continue
        for pair in line.pairs or ():
            value, other = pair if side == "finance" else (pair[1], pair[0])
            column.values[value] = None
            if value.strip() and (value not in column.labels or not column.labels[value].strip()):
                column.labels[value] = other
        if line.default is not None and (not beside or side == "dataverse"):
            column.values[line.default] = None


def parsed(table: Table, text: str) -> Filter | None:
    """Read a filter of a table in the language of its side; None where there is none."""
    if not text.strip():
        return None
    return ranges.parse(text) if table.side == "finance" else odata.parse(text)


def lookup_of(column: str) -> str:
    """Give the lookup whose row id a filter asks for: ``_owner_value`` is that of ``owner``."""
    found = re.fullmatch(r"_(\w+)_value", column)
    return found.group(1) if found else column


def _note_filter(found: Catalogue, table: Table, text: str) -> None:
    try:
        tree = parsed(table, text)
    except FilterError:
        return
    for leaf in leaves(tree) if tree is not None else ():
        _note_leaf(found, table, leaf)


def _note_leaf(found: Catalogue, table: Table, leaf: Comparison | Match) -> None:
    name = lookup_of(leaf.column)
    path = read_path(name)
    if path is None or found.walk(table, path) is None or not path.plain:
        return
    column = table.column(name)
    if name != leaf.column:
        column.seen["guid"] = None
    if isinstance(leaf, Match):
        column.seen["text"] = None
        return
    column.seen[leaf.operand.kind] = None
    if leaf.operand.kind in ("text", "number", "element") and leaf.operand.text:
        spelled = {value.casefold() for value in column.values}
        if leaf.operand.text.casefold() not in spelled and not (column.values and leaf.operand.kind == "number"):
            column.values[leaf.operand.text] = None


def _share(found: Catalogue, record: Record) -> None:
    """Two columns between which a value goes as it is are of one type: what shows the one shows the other."""
    finance, dataverse = found.sides(record)
    for line in record.lines:
        path = read_path(line.dataverse)
        if line.pairs or line.fault or not line.finance or path is None or path.branches:
            continue
        end = found.end_of(dataverse, path)
        if end is None or end.refers:
            continue
        own = finance.column(line.finance)
        own.seen |= end.seen
        end.seen |= own.seen
        own.values |= dict.fromkeys(value for value in end.values if end.seen)
        end.values |= dict.fromkeys(value for value in own.values if own.seen)


def _note_company(found: Catalogue, table: Table) -> None:
    company = company_of(found, table)
    if company is None:
        return
    column = table.column(company.column)
    if company.to:
        column.refers, column.to = True, (company.to,)
        other = found.table("dataverse", company.to)
        other.column(company.code)


@dataclass(frozen=True, slots=True)
class Company:
    """The column of a table that says its company; on the other side it is a lookup to a table with a code."""

    column: str
    to: str = ""
    code: str = ""

    @property
    def path(self) -> str:
        return f"{self.column}.{self.code}" if self.to else self.column


def company_of(found: Catalogue, table: Table) -> Company | None:
    """Read the answer to the company of a table."""
    answered = found.answers.of_table(table.ref, "company")
    if answered is None or answered == "none":
        return None
    if isinstance(answered, str):
        return Company(answered)
    parts = found.answers.pairs(answered, f"tables: {table.ref}: company")
    return Company(parts.get("column", ""), parts.get("to", ""), parts.get("code", COMPANY_CODE))


def likely(found: Catalogue, table: Table, column: str, ending: str) -> str:
    """Propose where a lookup leads: by the same lookup elsewhere, by who has its key, or by its name."""
    elsewhere = {there for (_, name), there in found.said.items() if name == column.casefold()}
    if len(elsewhere) == 1:
        return elsewhere.pop()
    if ending and ending.casefold() in table.columns and not table.columns[ending.casefold()].refers:
        return table.name
    owners = [
        other.name
        for other in found.tables.values()
        if other.side == "dataverse" and other.mapped and ending.casefold() in other.columns
    ]
    named = column[:-2] if column.casefold().endswith("id") else column
    if plural(named).casefold() in {other.name.casefold() for other in found.tables.values()}:
        return plural(named)
    return owners[0] if len(owners) == 1 and ending else plural(named)


def endings(records: Iterable[Record]) -> Iterator[tuple[str, str, str]]:
    """Give table, lookup and column of every path with one lookup."""
    for record in records:
        for line in record.lines:
            path = read_path(line.dataverse)
            if path is not None and not path.branches and len(path.parts) == 2:
                yield record.dataverse, path.head, path.parts[1]
