"""Writes what a run did, or a plan would do, as one block of lines for each leg.

::

    plan  orders   shop.orders -> books.SalesOrders   18,204 rows read
      + insert      310
      ~ update       44   DueDate 31 · Currency 9
      = unchanged 17,790   filtered 48
      ! reject       12   LOOKUP_MISSING Currency 9 · TOO_LONG Number 3
          INV-1   DueDate 2026-10-01 -> 2026-10-31
      sum 18,204 = 18,204 read

Every row is counted in exactly one place, so the counts of the block add up to its last line. Zeros are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from crosswalk.cli.screen import Line
from crosswalk.results import FATES, Change, LegResult, RunResult

_CELLS = 4
_WIDE = 60
_MODES = {"initial": "all rows", "key": "chosen rows", "open": "open rows"}
_QUIET = ("unchanged", "filtered", "superseded")


def blocks(result: RunResult, head: str) -> Iterator[Line]:
    """Write every leg of a result; `head` names the command."""
    yield from _reads(result)
    names = _padded(leg_name(leg) for leg in result.legs)
    routes = _padded(f"{leg.source} -> {leg.target}" for leg in result.legs)
    for leg, name, route in zip(result.legs, names, routes, strict=True):
        yield Line(f"{head}  {name}   {route}   {rows(leg.examined)} read", "bold")
        yield from _body(leg)


def _reads(result: RunResult) -> Iterator[Line]:
    """Write what was read from outside systems, one line for each; rows that do not fit are named by table."""
    systems = dict.fromkeys(read.entity.partition(".")[0] for read in result.landed)
    for system in systems:
        reads = [read for read in result.landed if read.entity.partition(".")[0] == system]
        tables = f"{len(reads)} table{'s' if len(reads) > 1 else ''}"
        yield Line(f"read  {system}   {tables}   {rows(sum(read.rows for read in reads))} new or changed", "dim")
        for read in reads:
            if read.misfits:
                yield Line(f"  ! {rows(read.misfits)} of {read.entity} not readable: crosswalk rejects", "yellow")


def leg_name(leg: LegResult) -> str:
    """Name a leg as the ledger does: the map, and for a way back ``map:back``."""
    return leg.map_name if leg.leg == "out" else f"{leg.map_name}:{leg.leg}"


def changes_of(result: RunResult) -> int:
    """Count the source rows that make, change or remove something."""
    return sum(leg.fates.get(fate, 0) for leg in result.legs for fate in ("inserted", "updated", "deleted"))


def count_of(result: RunResult, fate: str) -> int:
    """Count the rows of one fate over all legs."""
    return sum(leg.fates.get(fate, 0) for leg in result.legs)


def _body(leg: LegResult) -> Iterator[Line]:
    if leg.mode in _MODES:
        yield Line(f"  {_MODES[leg.mode]}: {leg.why_mode}" if leg.why_mode else f"  {_MODES[leg.mode]}", "dim")
    width = max(len(f"{count:,}") for count in (0, *leg.fates.values()))
    columns = " · ".join(f"{column} {count:,}" for column, count in leg.changed_columns.items())
    yield from _counted("+ insert", leg.fates.get("inserted", 0), width, style="green")
    yield from _counted("~ update", leg.fates.get("updated", 0), width, columns, style="yellow")
    yield from _counted("- delete", leg.fates.get("deleted", 0), width, style="red")
    yield from _quiet(leg.fates, width)
    yield from _counted("! reject", leg.fates.get("rejected", 0), width, _reasons(leg, "rejected"), style="red")
    yield from _counted("! hold", leg.fates.get("held", 0), width, _reasons(leg, "held"), style="yellow")
    yield from _written(leg)
    yield from (Line(f"      {text}") for change in leg.changes for text in _change(change))
    yield from (Line(f"  ? {_finding(leg, number)}", "yellow") for number in range(len(leg.findings)))
    total = sum(leg.fates.get(fate, 0) for fate in FATES)
    yield Line(f"  sum {total:,} = {leg.examined:,} read", "dim" if total == leg.examined else "bold red")


def _counted(what: str, count: int, width: int, detail: str = "", *, style: str) -> Iterator[Line]:
    if count:
        yield Line(f"  {what:<11} {count:>{width},}   {detail}".rstrip(), style)


def _quiet(fates: Mapping[str, int], width: int) -> Iterator[Line]:
    found = [(fate, fates[fate]) for fate in _QUIET if fates.get(fate)]
    if found:
        first, *rest = found
        others = "   ".join(f"{fate} {count:,}" for fate, count in rest)
        yield Line(f"  = {first[0]:<9} {first[1]:>{width},}   {others}".rstrip())


def _reasons(leg: LegResult, wanted: str) -> str:
    return " · ".join(
        f"{code} {column} {count:,}" if column else f"{code} {count:,}"
        for fate, code, column, count in leg.reasons
        if fate == wanted
    )


def _written(leg: LegResult) -> Iterator[Line]:
    """Say how many target rows were written, where they are not one for each source row, and to which tables."""
    if any(count != leg.fates.get(fate, 0) for fate, count in leg.written.items()):
        found = [f"{count:,} {fate}" for fate, count in leg.written.items() if count]
        yield Line(f"      target rows: {', '.join(found) or 'none'}", "dim")
    if len(leg.effects) > 1:
        yield Line("      into " + " · ".join(f"{table} {count:,}" for table, count in leg.effects.items()), "dim")


def _finding(leg: LegResult, number: int) -> str:
    finding = leg.findings[number]
    example = f", for example {finding.sample}" if finding.sample else ""
    return f"{finding.code}: {finding.message}: {finding.count:,}{example}"


def _change(change: Change) -> Iterator[str]:
    key = change.key if change.target_key in ("", change.key) else f"{change.key} ({change.target_key})"
    cells = [f"{column} {shorten(old)} -> {shorten(new)}" for column, (old, new) in change.cells.items()]
    more = [f"and {len(cells) - _CELLS} more"] if len(cells) > _CELLS else []
    if change.fate == "deleted":
        yield f"{key}   deleted from {change.target}"
    elif cells:
        yield f"{key}   " + " · ".join([*cells[:_CELLS], *more])


def rows(count: int) -> str:
    """Write a number of rows in words."""
    return number_of(count, "row")


def number_of(count: int, word: str) -> str:
    """Write a number of things whose word takes an s."""
    return f"1 {word}" if count == 1 else f"{count:,} {word}s"


def times(count: int) -> str:
    """Write how often something was done."""
    return "once" if count == 1 else f"{count:,} times"


def shorten(value: str | None) -> str:
    """Show a value on one line; a long one loses its end."""
    if value is None:
        return "null"
    return value if len(value) <= _WIDE else f"{value[: _WIDE - 3]}..."


def _padded(names: Iterable[str]) -> Sequence[str]:
    found = list(names)
    width = max(map(len, found), default=0)
    return [name.ljust(width) for name in found]
