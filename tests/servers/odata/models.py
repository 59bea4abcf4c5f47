"""Makes the model of an OData server from entities: what `$metadata` will say, what SQLite will hold.

The model is CSN, the JSON form of CDS, because names then need no quoting. Why lookups are unmanaged associations over a
plain column: `$metadata` then says as Dataverse does which value column belongs to which navigation property (a
ReferentialConstraint), and the column has the same name in the database, in filters and in rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crosswalk.config.load import load
from crosswalk.entities import Column, Entity

MAPS = Path(__file__).resolve().parents[3] / "maps"
Csn = dict[str, object]


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of server. `path` is where it serves, `namespace` its name in `$metadata`.

    With `lookups`, a column with ``to`` is a navigation property whose key shows as ``_column_value``; with `upserts`,
    a PATCH makes a row that is not there; with `noon`, a date is a time at twelve o'clock UTC, and dates and times
    that are missing show as the first moment of 1900.
    """

    path: str
    namespace: str
    lookups: bool = False
    upserts: bool = False
    noon: bool = False


DATAVERSE = Service("/api/data/v9.2", "Microsoft.Dynamics.CRM", lookups=True, upserts=True)
FINOPS = Service("/data", "Microsoft.Dynamics.DataEntities", noon=True)
NO_DATE = "1900-01-01T00:00:00Z"


@cache
def shipped(system: str) -> Mapping[str, Entity]:
    """Give the entities that our maps know of one system, by name."""
    files = [MAPS / "crosswalk.yaml", *MAPS.glob("entities/**/*.entity.yaml")]
    project = load({file.relative_to(MAPS).as_posix(): file.read_bytes() for file in files})
    return {ref.entity: entity for ref, entity in project.entities.items() if ref.system == system}


def with_targets(entities: Mapping[str, Entity], names: Iterable[str]) -> list[Entity]:
    """Give the entities of these names and all that their lookups lead to, in the order found."""
    found: dict[str, Entity] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = entities[name]
            waiting += [target for column in entities[name].columns.values() for target in column.relation]
    return list(found.values())


def stored_name(service: Service, column: Column) -> str:
    """Give the name that a column has in the database and on the wire."""
    return f"_{column.name}_value" if service.lookups and column.relation else column.name


def table_name(service: Service, entity: Entity) -> str:
    """Give the name of the entity's table in the SQLite file."""
    return f"{service.namespace}.{entity.ref.entity}".replace(".", "_")


def navigation(service: Service, column: Column, entities: Mapping[str, Entity]) -> dict[str, str]:
    """Map each navigation property of a lookup to the entity it leads to. A lookup that may lead to several tables has
    one property for each, named after the column and the table's logical name, as in ``customerid_account``; a logical
    name is the primary key without its ``id``.
    """
    if not (service.lookups and column.relation):
        return {}
    if len(column.relation) == 1:
        return {column.name: column.relation[0]}
    return {f"{column.name}_{entities[one].key[0].removesuffix('id')}": one for one in column.relation}


def csn(entities: Collection[Entity], service: Service, etags: Collection[str] | None = None) -> Csn:
    """Make the model. `etags` names the entities whose rows carry an ETag, their row version; None means all that have
    a row version. A lookup must lead to one of the entities.
    """
    by_name = {entity.ref.entity: entity for entity in entities}
    definitions: Csn = {service.namespace: {"kind": "service", "@path": service.path}}
    for name, entity in by_name.items():
        tagged = etags is None or name in etags
        definitions[f"{service.namespace}.{name}"] = {
            "kind": "entity",
            "elements": dict(_elements(entity, service, by_name, tagged=tagged)),
            "actions": _actions(f"{service.namespace}.{name}") if service.lookups else {},
        }
    return {"definitions": definitions}


def facts(entities: Collection[Entity], service: Service) -> Csn:
    """Say what the handlers of the server have to know: per table the lookups by navigation property, the choices with
    their labels, and where noon counts, the columns that hold dates and those that hold times.
    """
    by_name = {entity.ref.entity: entity for entity in entities}
    lookups, times = {}, {}
    for name, entity in by_name.items():
        ways = {
            way: {"value": stored_name(service, column), "target": target}
            for column in entity.columns.values()
            for way, target in navigation(service, column, by_name).items()
        }
        kinds = {column.name: column.type.kind for column in entity.columns.values()}
        times[name] = {name: kind for name, kind in kinds.items() if service.noon and kind in ("date", "datetime")}
        lookups[name] = {"navigation": ways, "values": {way["value"]: True for way in ways.values()}}
    told = {"namespace": service.namespace, "path": service.path, "lookups": lookups, "times": times, "noDate": NO_DATE}
    told["choices"] = {name: _choices(entity) for name, entity in by_name.items()} if service.lookups else {}
    return {"crosswalk": told}


def _choices(entity: Entity) -> Csn:
    coded = [
        column for column in entity.columns.values() if column.type.kind == "choice" and column.type.coded == "int"
    ]
    return {column.name: [[choice.code, choice.label] for choice in column.choices] for column in coded}


def _elements(
    entity: Entity, service: Service, entities: Mapping[str, Entity], *, tagged: bool
) -> Iterator[tuple[str, Csn]]:
    kept = {entity.row_version, entity.modified}
    for column in entity.columns.values():
        name = stored_name(service, column)
        element = _type(column)
        if service.noon and column.type.kind in ("date", "datetime"):
            element = {"type": "cds.Timestamp", "default": {"val": NO_DATE}}
        if column.name in entity.key:
            element |= {"key": True, "notNull": True}
        if column.name in kept:
            element["@readonly"] = True
        if column.name == entity.row_version and tagged:
            element["@odata.etag"] = True
        yield name, element
        for way, target in navigation(service, column, entities).items():
            yield way, _association(service, entities[target], way, name)


def _association(service: Service, target: Entity, way: str, value: str) -> Csn:
    on = [{"ref": [way, target.key[0]]}, "=", {"ref": [value]}]
    return {"type": "cds.Association", "target": f"{service.namespace}.{target.ref.entity}", "on": on}


def _type(column: Column) -> Csn:
    kind = column.type
    match kind.kind:
        case "guid":
            return {"type": "cds.UUID"}
        case "text":
            return {"type": "cds.String", "length": kind.length} if kind.length else {"type": "cds.LargeString"}
        case "int":
            return {"type": "cds.Integer64"}
        case "decimal":
            return {"type": "cds.Decimal", "precision": kind.precision, "scale": kind.scale}
        case "boolean":
            return {"type": "cds.Boolean"}
        case "date":
            return {"type": "cds.Date"}
        case "datetime":
            return {"type": "cds.Timestamp"}
        case "choice":
            return {"type": "cds.Integer"} if kind.coded == "int" else {"type": "cds.String", "length": 100}


def _actions(entity: str) -> Csn:
    """Declare the three bound actions of Dataverse that write many rows in one call."""
    rows = {"items": {"type": "$self"}}
    params = {"in": rows, "Targets": {"items": {"type": entity}}}
    ids = {"elements": {"Ids": {"items": {"type": "cds.UUID"}}}}
    return {
        "CreateMultiple": {"kind": "action", "params": params, "returns": ids},
        "UpdateMultiple": {"kind": "action", "params": params},
        "UpsertMultiple": {"kind": "action", "params": params},
    }
