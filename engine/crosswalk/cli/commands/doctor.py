"""Look at versions, files, locks, rights, secrets, connections and the ledger, and say what to do.

Looking changes nothing. With --repair it mends what needs no decision, after it has copied everything aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.finding import shown_path
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.secrets import hide

if TYPE_CHECKING:
    from crosswalk.api import Diagnosis, Examined, Repaired

STYLES = {"ok": "green", "skipped": "dim", "warning": "yellow", "error": "red"}


def doctor(
    session: Session,
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask outside systems.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what needs no decision; everything is copied aside first.")
    ] = False,
) -> int:
    """Look at versions, files, locks, rights, secrets, connections and the ledger, and say what to do."""
    from crosswalk import api

    repaired: Repaired | None = None
    if repair:
        repaired = api.mend(session.folder, session.settings.profile, offline=offline)
        found = repaired.diagnosis
    else:
        found = api.examine(session.folder, session.settings.profile, offline=offline)
    if session.screen.as_json:
        session.screen.json(_as_json(found, repaired))
    else:
        session.screen.lines([*_mended(repaired), *(line for check in found.checks for line in _lines(check))])
        session.screen.lines([_last(found)])
    return found.exit_code


def _mended(repaired: Repaired | None) -> Iterator[Line]:
    if repaired is None:
        return
    if repaired.aside is None:
        yield Line("nothing to mend without a decision")
        return
    yield Line(f"copied aside into {shown_path(repaired.aside)}")
    yield from (Line(f"  {one}") for one in repaired.done)


def _lines(check: Examined) -> Iterator[Line]:
    if check.skipped:
        yield Line(f"skipped  {check.check}: {check.skipped}", STYLES["skipped"])
    elif not check.symptoms:
        yield Line(f"ok       {check.check}: {check.well}", STYLES["ok"])
    for one in check.symptoms:
        yield Line(f"{one.severity:<7}  {check.check}: {hide(one.message)} [{one.code}]", STYLES[one.severity])
        yield Line(f"           = {hide(one.remedy)}")


def _last(found: Diagnosis) -> Line:
    errors = sum(one.severity == "error" for one in found.symptoms)
    warnings = len(found.symptoms) - errors
    if not found.symptoms:
        return Line("nothing found", "bold green")
    words = [f"{n} {word}{'s' * (n != 1)}" for n, word in ((errors, "error"), (warnings, "warning")) if n]
    return Line(", ".join(words), "bold red" if errors else "bold yellow")


def _as_json(found: Diagnosis, repaired: Repaired | None) -> dict[str, object]:
    checks = [
        {
            "check": check.check,
            "state": _state(check),
            "why": check.skipped,
            "symptoms": [
                {**asdict(one), "message": hide(one.message), "remedy": hide(one.remedy)} for one in check.symptoms
            ],
        }
        for check in found.checks
    ]
    done = {"aside": str(repaired.aside or ""), "done": list(repaired.done)} if repaired is not None else None
    return {"checks": checks, "repaired": done, "exit": found.exit_code}


def _state(check: Examined) -> str:
    if check.skipped:
        return "skipped"
    severities = {one.severity for one in check.symptoms}
    return "error" if "error" in severities else "warning" if severities else "ok"


SPEC = CommandSpec(run=doctor)
