"""What `crosswalk rejects dismiss` and `crosswalk rejects reopen` do and say."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from crosswalk.cli.blocks import rows, shorten
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.masks import masks_of
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.errors import UsageError
from crosswalk.results import Reject


class Action(StrEnum):
    """What can be done with rows that cannot go on, beside looking at them."""

    dismiss = "dismiss"
    reopen = "reopen"


@dataclass(frozen=True, slots=True)
class Named:
    """Which rows are meant, and why they may stay."""

    map_name: str | None
    key: str | None
    code: str | None
    reason: str


def dismissed(session: Session, action: Action, named: Named) -> int:
    """Dismiss rows or open them again, and say which."""
    from crosswalk import api

    loaded = session.load()
    if named.map_name is None or (action is Action.reopen and named.key is None):
        usage = f"{PROGRAM} rejects {action} MAP KEY" + (" --reason TEXT" if action is Action.dismiss else "")
        raise UsageError(f"'{action}' needs the name of a map and a key", code="ROWS_UNNAMED", remedy=usage)
    if action is Action.dismiss:
        found = api.dismiss(loaded, named.map_name, named.reason, key=named.key, code=named.code)
        ending, following = f"{rows(len(found))} dismissed", f"{PROGRAM} rejects"
    else:
        found = api.reopen(loaded, named.map_name, named.key or "")
        ending, following = f"{rows(len(found))} open again", f"{PROGRAM} retry"
    shown = [masks_of(loaded).reject(reject) for reject in found]
    if session.screen.as_json:
        session.screen.json({"rows": [asdict(reject) for reject in shown], "done": ending})
    else:
        session.screen.lines([Line(f"  {_one(reject)}") for reject in shown])
        session.screen.lines([Line(f"{ending}; next: {session.next(following)}", "bold")])
    return 0


def _one(reject: Reject) -> str:
    leg = reject.map_name if reject.leg == "out" else f"{reject.map_name}:{reject.leg}"
    value = "" if reject.value is None else f", value {shorten(reject.value)}"
    return f"{leg} {reject.key}: {reject.fate} with {reject.code}{value}"
