"""What the commands that bring maps along and give them back say: per map its lines, and what is not in it and why."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.cli.blocks import number_of
from crosswalk.cli.finding import shown_path
from crosswalk.cli.screen import Line

if TYPE_CHECKING:
    from crosswalk.api import GivenBack, Imported, Laid, MapReport, RecordSystems

_ASKED = 10


class Format(StrEnum):
    """The formats of records that are known."""

    dual_write = "dual-write"


def named_systems(left: str, right: str) -> RecordSystems:
    """Name the two systems: as asked, else by the usual names."""
    from crosswalk import api

    return api.record_systems(left, right)


def report_lines(found: Imported) -> Iterator[Line]:
    """Say what became of every map, and what is open."""
    for one in found.maps:
        yield Line(_counted(one), "red" if one.cannot else "yellow" if one.waits else "green")
        yield from (Line(f"    cannot be expressed: {left.what}: {left.why}", "red") for left in one.cannot)
        yield from (Line(f"    waits for an answer: {left.what}: {left.why}") for left in one.waits)
        yield from (Line(f"    note: {note}") for note in one.notes)
    needed = [question for question in found.questions if question.needed and question.open]
    for question in needed[:_ASKED]:
        yield Line(f"  needed: {': '.join(question.path)}  ({question.asks})")
    if len(needed) > _ASKED:
        yield Line(f"  ... and {len(needed) - _ASKED} more")
    total, said = sum(one.lines for one in found.maps), sum(one.expressed for one in found.maps)
    lost = sum(len(one.cannot) for one in found.maps)
    yield Line(
        f"{number_of(len(found.maps), 'map')}: {said:,} of {total:,} lines expressed, {lost} not expressible, "
        f"{number_of(len(needed), 'answer')} needed",
        "bold",
    )


def _counted(one: MapReport) -> str:
    version = f" {one.version}" if one.version else ""
    return f"{one.name}{version}: {one.expressed} of {one.lines} lines"


def report_json(found: Imported) -> dict[str, object]:
    """Give the same report as plain values."""
    return {
        "maps": [
            {
                "map": one.name,
                "title": one.title,
                "version": one.version,
                "lines": one.lines,
                "expressed": one.expressed,
                "waits": [{"what": left.what, "why": left.why} for left in one.waits],
                "cannot": [{"what": left.what, "why": left.why} for left in one.cannot],
                "notes": list(one.notes),
            }
            for one in found.maps
        ],
        "questions": [
            {
                "path": list(question.path),
                "asks": question.asks,
                "needed": question.needed,
                "proposed": question.proposed,
                "assumed": question.assumed,
                "answer": question.answer,
            }
            for question in found.questions
        ],
        "lines": sum(one.lines for one in found.maps),
        "expressed": sum(one.expressed for one in found.maps),
        "cannot": sum(len(one.cannot) for one in found.maps),
    }


def laid_lines(laid: Laid, folder: Path) -> Iterator[Line]:
    """Say which files were written, and which were left alone because somebody edited them."""
    yield Line(f"{number_of(len(laid.written), 'file')} written to {shown_path(folder)}, {len(laid.same)} as they were")
    for name in laid.kept:
        yield Line(f"  kept, because it was edited: {name} (--force overwrites it)", "yellow")


def given_lines(given: tuple[GivenBack, ...]) -> Iterator[Line]:
    """Say what a record leaves out of each map."""
    for one in given:
        if one.refused:
            yield Line(f"{one.name}: no record can say this map: {one.refused}", "red")
        for lost in one.lost:
            yield Line(f"{one.name}: {lost.what}: {lost.why}", "yellow")
