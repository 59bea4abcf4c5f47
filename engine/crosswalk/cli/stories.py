"""Tells the story of one row in plain sentences: what it became, what changed, why it waits, what decides now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from crosswalk.cli.blocks import shorten, times
from crosswalk.cli.masks import Masks
from crosswalk.cli.screen import Line
from crosswalk.results import Reject

if TYPE_CHECKING:
    from crosswalk.api import Story

Lines = Mapping[str, Sequence[str]]

_READ = "read "
"""With this begins the leg under which rows of an outside table are kept that could not be read."""

_NOW = {
    "inserted": "Run now, it would be inserted.",
    "updated": "Run now, it would update its target row.",
    "deleted": "Run now, its target row would be deleted.",
    "unchanged": "Run now, it would change nothing: the target row is as the map says.",
    "filtered": "Run now, it would be filtered: the map does not take it.",
    "held": "Run now, it would be held.",
    "rejected": "Run now, it would be rejected.",
    "superseded": "Run now, it would give way to a newer duplicate.",
}


def known(story: Story) -> bool:
    """Say whether there is anything to tell: a trace in the ledger, or a row in the source."""
    return bool(story.targets or story.changes or story.open_rows or story.now)


def tell(story: Story, lines: Lines, masks: Masks) -> Iterator[Line]:
    """Write a story, oldest first, and at the end what decides now."""
    yield Line(f"{story.leg}  row {story.key}", "bold")
    if not known(story):
        yield Line("  Nothing is known of it: it is not in the source, and no run has seen it.")
        return
    if not story.leg.startswith(_READ):
        yield from _became(story)
    for run, change in story.changes:
        cells = masks.change(change).cells.items()
        what = " · ".join(f"{column} {shorten(old)} -> {shorten(new)}" for column, (old, new) in cells)
        yield Line(
            f"  {_run(story, run).capitalize()}: {change.fate} {change.target} {change.target_key}"
            + (f": {what}" if what else "")
        )
    yield from (Line(f"  {_waited(masks.reject(reject))}") for reject in story.open_rows)
    yield from _now(story, lines)


def as_json(story: Story, masks: Masks) -> dict[str, object]:
    """Write a story for machines."""
    names = ("target", "target_key", "first_run", "last_run", "state")
    reason = story.reason
    return {
        "leg": story.leg,
        "key": story.key,
        "targets": [dict(zip(names, row, strict=True)) for row in story.targets],
        "changes": [{"run_id": run, **asdict(masks.change(change))} for run, change in story.changes],
        "rejects": [asdict(masks.reject(reject)) for reject in story.open_rows],
        "runs": story.began,
        "now": story.now,
        "unknown": story.unknown,
        "reason": None if reason is None else {"code": reason.code, "column": reason.column, "place": str(reason.span)},
    }


def _became(story: Story) -> Iterator[Line]:
    for target, key, first, last, state in story.targets:
        runs = f"made in {_run(story, first)}" if first else "linked without having been made"
        runs += "" if last in (None, first) else f", last written in {_run(story, last)}"
        was = "" if state == "live" else f" ({state!s})"
        yield Line(f"  It became {target!s} {key!s}, {runs}{was}.")
    if not story.targets:
        yield Line("  It has no target row.")


def _waited(reject: Reject) -> str:
    column = f" for {reject.column}" if reject.column else ""
    value = f", value {shorten(reject.value)}" if reject.value is not None else ""
    end = f"tried {times(reject.attempts)}; {closing(reject)}"
    return f"Since {reject.first_seen[:19]} {reject.fate} with {reject.code}{column}{value}; {end}."


def closing(reject: Reject) -> str:
    """Say how an entry ended."""
    if reject.state == "dismissed":
        return f"dismissed by {reject.resolved_by} at {reject.resolved_at[:19]}: {shorten(reject.note)}"
    return "still open" if reject.state == "open" else f"resolved at {reject.resolved_at[:19]}"


def _run(story: Story, run: object) -> str:
    """Name a run, and when it began; a run that is not kept any more is only named."""
    at = story.began.get(str(run), "")
    return f"run {run!s} of {at[:19]}" if at else f"run {run!s}"


def _now(story: Story, lines: Lines) -> Iterator[Line]:
    if story.leg.startswith(_READ):
        yield Line("  It is tried whenever the table is read; until it fits, the row counts as it last did.")
        return
    if story.unknown:
        yield Line(f"  {story.unknown[:1].upper()}{story.unknown[1:]}")
        return
    if not story.now:
        yield Line("  It is no longer in the source.")
        return
    yield Line(f"  {_NOW.get(story.now, story.now)}")
    reason = story.reason
    if reason is None:
        return
    column = f" for {reason.column}" if reason.column else ""
    yield Line(f"  {reason.code}{column} decides:")
    of_file = lines.get(reason.span.file, ())
    yield Line(f"    --> {reason.span}", "dim")
    if 0 < reason.span.line <= len(of_file):
        yield Line(f"    {reason.span.line} | {of_file[reason.span.line - 1].rstrip()}")
