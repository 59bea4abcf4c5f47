"""Makes the database ready for an invocation, and stops where a table is not what its entity says.

The ledger and missing tables are made; a table that runs have used and that is gone is not simply made anew, for an
empty table in its place would look like rows that somebody removed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crosswalk.contracts import Backend, Embedded
from crosswalk.drift import Difference
from crosswalk.errors import StoppedError, nearest
from crosswalk.ledger import landings, pruning, tables
from crosswalk.model import Entity, EntityRef
from crosswalk.results import Finding

Uses = Callable[[EntityRef, str], str]
"""Says where the maps use a column of a table: file, line and what stands there; empty where none does."""

Found = tuple[EntityRef, Difference]

_SHOWN = 5


def nowhere(_: EntityRef, __: str) -> str:
    """Say of no column where it is used."""
    return ""


@dataclass(frozen=True, slots=True)
class Systems:
    """The connectors by system, and the entities that each must be able to read and write. `copies` are systems whose
    tables are copies of outside ones, and of which. `written` are the tables that legs write.
    """

    connectors: Mapping[str, Embedded]
    entities: Mapping[str, tuple[Entity, ...]]
    copies: Mapping[str, tables.Copied] = field(default_factory=dict)
    written: frozenset[EntityRef] = frozenset()
    uses: Uses = nowhere


def prepare(systems: Systems, backend: Backend, allowed: frozenset[str] = frozenset()) -> Mapping[EntityRef, Finding]:
    """Make the ledger and the missing tables, and stop where a table differs from its entity. The copy of an outside
    table that differs is made anew, and read again as a whole. Gives what there is to be told of tables.
    """
    with backend.transaction():
        tables.prepare(backend)
        pruning.drop_pages(backend)
        tables.keep_apart(systems.connectors, systems.copies, backend)
        differences: list[Found] = []
        told: dict[EntityRef, Finding] = {}
        for system, connector in systems.connectors.items():
            made = connector.prepare(systems.entities[system], backend)
            if system in systems.copies:
                _make_anew(systems.entities[system], connector, backend)
                continue
            if "missing_table" not in allowed:
                differences += _gone(systems.entities[system], made, backend)
            for entity in systems.entities[system]:
                found = connector.drift(entity, backend)
                written = entity.ref in systems.written
                differences += [(entity.ref, one) for one in found if written or not one.writing]
                told |= _noticed(entity, connector.unlisted(entity, backend), backend)
        if differences:
            raise _stopped(differences, systems.uses)
    return told


def drifted(differences: Sequence[Found], uses: Uses) -> str:
    """Say how tables differ, with the lines of maps that use what is gone."""
    told = "; ".join(one.sentence + _used(ref, one, uses) for ref, one in differences[:_SHOWN])
    return told + (f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else "")


def _stopped(differences: Sequence[Found], uses: Uses) -> StoppedError:
    remedy = "change the entity file, or the table, so that they agree"
    if any(one.code == "DRIFT_TABLE_MISSING" for _, one in differences):
        remedy = "give the table its name back, or change the entity file; if it is meant to be made anew,"
        remedy += " crosswalk run --allow missing_table"
    return StoppedError(
        f"the tables differ from the entities: {drifted(differences, uses)}", code="DRIFT", remedy=remedy
    )


def _used(ref: EntityRef, one: Difference, uses: Uses) -> str:
    found = uses(ref, one.column) if one.column else ""
    return f", used in {found}" if found else ""


def _make_anew(entities: tuple[Entity, ...], connector: Embedded, backend: Backend) -> None:
    """Make copies anew that are not as their entities say now: what they held is read again."""
    for entity in entities:
        if connector.drift(entity, backend):
            landings.drop_copy(entity.ref, backend)
            connector.prepare((entity,), backend)


def _gone(entities: tuple[Entity, ...], made: tuple[str, ...], backend: Backend) -> list[Found]:
    """Find tables among those just made that runs have used before."""
    lost = [entity for entity in entities if str(entity.ref) in made and _known(entity.ref, backend)]
    return [(entity.ref, _lost(entity, backend)) for entity in lost]


def _lost(entity: Entity, backend: Backend) -> Difference:
    message = f"{entity.ref} is gone, and runs have used it"
    return Difference("DRIFT_TABLE_MISSING", message, entity.span, _called_now(entity.ref, backend))


def _known(ref: EntityRef, backend: Backend) -> bool:
    known = (
        "SELECT 1 FROM crosswalk.watermarks WHERE entity = $ref"
        " UNION ALL SELECT 1 FROM crosswalk.lineage WHERE target = $ref LIMIT 1"
    )
    return bool(backend.rows(known, {"ref": str(ref)}))


def _called_now(ref: EntityRef, backend: Backend) -> str:
    """Guess where a table went: one of its name in another schema, or one of a near name in its own."""
    rows = backend.rows(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema <> 'crosswalk'"
        " AND NOT (table_schema = $system AND table_name = $entity)",
        {"system": ref.system, "entity": ref.entity},
    )
    moved = [f"{schema}.{table}" for schema, table in rows if table == ref.entity]
    near = nearest(ref.entity, [str(table) for schema, table in rows if schema == ref.system])
    return near or (f"is it '{moved[0]}' now?" if moved else "")


def _noticed(entity: Entity, unlisted: tuple[str, ...], backend: Backend) -> Mapping[EntityRef, Finding]:
    """Tell once of columns that an entity does not list."""
    name, now = f"columns {entity.ref}", "|".join(sorted(unlisted))
    rows = backend.rows("SELECT value FROM crosswalk.meta WHERE name = $name", {"name": name})
    before = str(rows[0][0]) if rows else ""
    if before == now:
        return {}
    backend.run("DELETE FROM crosswalk.meta WHERE name = $name", {"name": name})
    backend.run("INSERT INTO crosswalk.meta VALUES ($name, $now)", {"name": name, "now": now})
    fresh = [column for column in unlisted if column not in before.split("|")]
    if not fresh:
        return {}
    message = f"{entity.ref} has columns that its entity file does not list"
    return {entity.ref: Finding("DRIFT_NEW_COLUMN", message, len(fresh), ", ".join(fresh[:_SHOWN]))}
