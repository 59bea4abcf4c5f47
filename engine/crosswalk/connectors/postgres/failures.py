"""Tells what went wrong by the SQLSTATE that the server gives: what ends a run, what a person must change, what one
row did.

Why not by the driver's classes: they lump a lost server together with a wrong table. Errors while a session is opened
have no SQLSTATE; there the server's own ``FATAL`` tells a refusal from silence. Messages never quote a statement, which
could hold values, nor an address, which could hold a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adbc_driver_manager import Error

from crosswalk.errors import CrosswalkError, SystemFailure, UsageError
from crosswalk.secrets import hide

_ROW_CLASSES = ("22", "23", "44", "P0")
_ROW_STATES = ("21000", "42501", "09000", "27000")
"""42501 may be a policy that refuses one row: who holds the table's rights knows which of the two it is."""

_AGAIN_STATES = ("40001", "40P01", "55P03")
_LOST_CLASSES = ("08", "53", "58")
_LOST_STATES = ("57P01", "57P02", "57P03", "57P05", "25P03", "25P04")
_RESUME = "check that the server runs and can be reached, then run the same command again"


class RowRefused(Exception):
    """The server refused what stands in a row, or in one of several: its SQLSTATE and its own words."""

    def __init__(self, state: str, message: str) -> None:
        super().__init__(message)
        self.state = state
        self.message = message


class Collided(Exception):
    """Another transaction was in the way; the same transaction may go through when it is tried again."""

    def ended(self, system: str) -> SystemFailure:
        """Make our own exception of it, after the last try."""
        remedy = "another program works on the same rows; run the same command again"
        return SystemFailure(f"{system}: {self}", code="SYSTEM_ANSWER", remedy=remedy)


def said(error: Error) -> str:
    """Give the server's own words, with its detail, in one line."""
    parts = {key: _text(value) for key, value in error.details}
    primary, detail = parts.get("PG_DIAG_MESSAGE_PRIMARY", ""), parts.get("PG_DIAG_MESSAGE_DETAIL", "")
    if not primary:
        lines = str(error).split("Query was:")[0].splitlines()
        primary = " ".join(line.strip() for line in lines if line.strip()).removeprefix("IO: ")
    return hide(f"{primary} ({detail})" if detail else primary)


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", errors="replace")


def translated(error: Error, system: str) -> Exception:
    """Make our own exception of one of the driver's."""
    state, words = error.sqlstate or "", said(error)
    if state in _AGAIN_STATES:
        return Collided(f"{words} [{state}]")
    if state.startswith(_ROW_CLASSES) or state in _ROW_STATES:
        return RowRefused(state, words)
    return _ended(state, f"{system}: {words}")


def _ended(state: str, message: str) -> CrosswalkError:
    if not state or state.startswith(_LOST_CLASSES) or state in _LOST_STATES:
        return SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy=_RESUME)
    if state == "57014":
        remedy = "raise 'timeout' of the connection, or see what holds the server up, then run the same command again"
        return SystemFailure(message, code="SYSTEM_TIMEOUT", remedy=remedy)
    if state in ("25006", "0A000"):
        remedy = "name a server and a table that can be written, not a standby, a foreign table or a read-only role"
        return UsageError(f"{message} [{state}]", code="SYSTEM_RIGHTS", remedy=remedy)
    if state.startswith(("42", "3D", "3F", "28")):
        remedy = "compare the entity with the table: crosswalk entity pull shows what is there"
        return UsageError(f"{message} [{state}]", code="SYSTEM_LACKS", remedy=remedy)
    return SystemFailure(f"{message} [{state}]", code="SYSTEM_ANSWER", remedy="see the log of the server")


def refused_to_open(error: Error, system: str) -> CrosswalkError:
    """Make our own exception of an error while a session is opened: refused by a server that answers, or silence."""
    words = said(error)
    message = f"{system}: {words}"
    if "FATAL:" not in words:
        return SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy=_RESUME)
    if "database" in words and "does not exist" in words:
        return UsageError(message, code="SYSTEM_LACKS", remedy="name a database that is there, below 'database'")
    if any(sign in words for sign in ("starting up", "shutting down", "recovery", "too many", "slots are reserved")):
        return SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy=_RESUME)
    return UsageError(
        message, code="LOGIN_REFUSED", remedy="check user and password of the connection, and the rules in pg_hba.conf"
    )


@contextmanager
def asking(system: str) -> Iterator[None]:
    """Say of a refusal while rows are read that it is one: no row of ours can be at fault."""
    try:
        yield
    except RowRefused as refused:
        message = f"{system}: {refused.message} [{refused.state}]"
        if refused.state == "42501":
            remedy = "as the owner of the table run: GRANT SELECT ON it TO the role of the connection"
            raise UsageError(message, code="SYSTEM_RIGHTS", remedy=remedy) from None
        remedy = "check 'time_zone' of the connection, and views and policies that compute something"
        raise SystemFailure(message, code="SYSTEM_ANSWER", remedy=remedy) from None
    except Collided as collided:
        raise collided.ended(system) from None


def broken_off(error: Exception, system: str) -> SystemFailure:
    """Make our own exception of a stream that broke while DuckDB read it."""
    return SystemFailure(f"{system}: {hide(str(error))}", code="SYSTEM_UNREACHABLE", remedy=_RESUME)
