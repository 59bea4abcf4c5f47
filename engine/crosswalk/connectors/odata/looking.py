"""Looks at rows before they are written, where that is the only way: to learn the ETag of a row that must not have
changed, and the address of a row that is found by columns which are no key of the service.

Where the service makes ETags from the row version, nothing is read for a row whose version is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crosswalk.connectors.odata.addressing import Part, address, escaped, filter_of
from crosswalk.connectors.odata.calls import Call, Reply
from crosswalk.connectors.odata.carrying import Carrier
from crosswalk.connectors.odata.decoding import holds
from crosswalk.connectors.odata.dialects import version_of
from crosswalk.connectors.odata.encoding import Json, Unfit
from crosswalk.connectors.odata.operations import Desk, Seen, address_of
from crosswalk.connectors.odata.verdicts import Outcome, pause, throttled, verdict
from crosswalk.exchange import Ack, Change, Plain

CHANGED = "CHANGED_SINCE"
NOT_FOUND = "ROW_NOT_FOUND"
NOT_ONE = "ROW_NOT_UNIQUE"
UNFIT = "VALUE_UNFIT"

Row = Mapping[str, Json]


def look(
    batch: Sequence[Change], desk: Desk, carrier: Carrier, *, inserts: bool = False
) -> tuple[dict[int, Seen], Outcome]:
    """Give what must be known before the changes can be sent, by number, and what is settled already. `inserts` says
    that rows to be made are looked for too.
    """
    seen: dict[int, Seen] = {}
    outcome, calls = Outcome(), {}
    for change in batch:
        try:
            if (known := _known(change, desk)) is not None:
                seen[change.number] = known
            elif _needed(change, desk, inserts=inserts):
                calls[change.number] = _question(change, desk)
        except Unfit as error:
            outcome = outcome.plus(Outcome((Ack(change.number, "refused", UNFIT, str(error)),)))
    if not calls:
        return seen, outcome
    asked = [change for change in batch if change.number in calls]
    replies = carrier.carry([calls[change.number] for change in asked], repeatable=True)
    for change in asked:
        found = _answer(change, replies.replies.get(str(change.number)), desk)
        if isinstance(found, Seen):
            seen[change.number] = found
        elif found is not None:
            outcome = outcome.plus(found)
    return seen, outcome


def _guarded(change: Change) -> bool:
    return change.operation != "insert" and (change.version is not None or change.before is not None)


def _known(change: Change, desk: Desk) -> Seen | None:
    """Make the ETag from the version, where the service does so too and the row can be addressed."""
    if not _guarded(change) or change.version is None:
        return None
    etag, where = desk.dialect.etag(change.version), address_of(change, desk)
    return Seen(where, etag) if etag and where else None


def _needed(change: Change, desk: Desk, *, inserts: bool) -> bool:
    if change.operation == "insert":
        return inserts and None not in change.key.values() and address_of(change, desk) is not None
    return _guarded(change) or address_of(change, desk) is None


def _question(change: Change, desk: Desk) -> Call:
    table, options = desk.table, "".join(f"&{name}={value}" for name, value in (desk.dialect.options or {}).items())
    columns = [*table.key, *(change.before or {}), *([desk.entity.row_version] if desk.entity.row_version else [])]
    chosen = ",".join(dict.fromkeys(escaped(table.property_of(name)) for name in columns if name in table.types))
    where = address_of(change, desk)
    if where is not None:
        return Call(str(change.number), "GET", f"{where}?$select={chosen}{options}")
    condition = filter_of(table.parts(change.key), table.spelling)
    url = f"{escaped(table.entity_set)}?$filter={condition}&$select={chosen}&$top=2{options}"
    return Call(str(change.number), "GET", url)


def _answer(change: Change, reply: Reply | None, desk: Desk) -> Seen | Outcome | None:
    if reply is None or throttled(reply) or reply.status >= 500:
        wait = pause(reply, desk.session.clock.now()) if reply is not None and throttled(reply) else None
        return Outcome(again=(change,), reason="a row could not be read before it is written", wait=wait)
    if reply.status == 404 and change.operation == "insert":
        return None
    if not reply.good:
        return Outcome((verdict(change, Call(str(change.number), "GET", ""), reply, desk.table),))
    rows = _rows(reply.body)
    if len(rows) != 1:
        return Outcome((_not_one(change, len(rows)),))
    return _compared(change, rows[0], reply, desk)


def _rows(body: Json) -> list[Row]:
    if not isinstance(body, dict):
        return []
    listed = body.get("value")
    if "value" in body and isinstance(listed, list):
        return [row for row in listed if isinstance(row, dict)]
    return [body]


def _not_one(change: Change, found: int) -> Ack:
    if found:
        return Ack(change.number, "refused", NOT_ONE, "more than one row has this key in the service")
    if change.operation == "delete":
        return Ack(change.number, "applied")
    return Ack(change.number, "refused", NOT_FOUND, "no row has this key in the service")


def _compared(change: Change, row: Row, reply: Reply, desk: Desk) -> Seen | Outcome:
    etag = str(row.get("@odata.etag") or reply.headers.get("etag") or "") or None
    differing = _differing(change, row, desk)
    if change.version is not None and not _same_version(change.version, row, etag, desk):
        differing.append(desk.entity.row_version or "version")
    if differing:
        message = f"changed in the meantime: {', '.join(differing)}"
        return Outcome((Ack(change.number, "stale", CHANGED, message),))
    where = address_of(change, desk) or _address(row, desk)
    return Seen(where, etag if _guarded(change) else None)


def _differing(change: Change, row: Row, desk: Desk) -> list[str]:
    table = desk.table
    wanted = [(table.columns[name], value) for name, value in (change.before or {}).items() if name in table.columns]
    return [
        column.name
        for column, value in wanted
        if not holds(table.code(column.name, row.get(table.property_of(column.name))), value, column, table.spelling)
    ]


def _same_version(version: str, row: Row, etag: str | None, desk: Desk) -> bool:
    """Compare versions: by the column that shows them, else by what is made of an ETag that means nothing to us."""
    column = desk.entity.row_version
    if column is not None and column in desk.table.types:
        return str(row.get(desk.table.property_of(column))) == version
    return etag is not None and str(version_of(etag)) == version


def _address(row: Row, desk: Desk) -> str:
    table = desk.table
    named = [(table.property_of(name), table.edm(name)) for name in table.key]
    parts = [Part(name, edm, _plain(row.get(name))) for name, edm in named]
    return address(table.entity_set, parts, spelling=table.spelling)


def _plain(value: Json) -> Plain:
    return str(value) if isinstance(value, float | list | dict) else value
