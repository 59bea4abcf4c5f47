"""Reads table maps that were published as documents and turned into data: columns with a symbol between them."""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.dualwrite.fieldlines import settled, text_of
from crosswalk.dualwrite.records import Direction, Line, Record

_WAYS: dict[str, Direction] = {
    "both": "both",
    "fo_to_dataverse": "to_dataverse",
    "dataverse_to_fo": "to_finance",
    "=": "both",
    "><": "both",
    ">": "to_dataverse",
    ">>": "to_dataverse",
    "<": "to_finance",
    "<<": "to_finance",
}


def is_published(found: Mapping[str, object]) -> bool:
    return "fo_entity" in found and isinstance(found.get("fields"), list)


def read_published(name: str, found: Mapping[str, object]) -> Record:
    """Read one published map."""
    finance, dataverse = text_of(found, "fo_entity"), text_of(found, "dataverse_table")
    fields = found.get("fields")
    return Record(
        origin=name,
        title=f"{dataverse} - {finance}",
        finance=finance,
        dataverse=dataverse,
        version=text_of(found, "version"),
        finance_filter=text_of(found, "source_filter"),
        dataverse_filter=text_of(found, "reversed_source_filter"),
        lines=tuple(_line(item) for item in (fields if isinstance(fields, list) else []) if isinstance(item, Mapping)),
    )


def _line(item: Mapping[str, object]) -> Line:
    said = text_of(item, "direction") or text_of(item, "symbol")
    default, unread = item.get("default"), text_of(item, "unparsed_transform")
    fault = "" if said in _WAYS else f"its direction is '{said}', which is not known"
    line = Line(
        direction=_WAYS.get(said, "both"),
        finance=text_of(item, "fo_field"),
        dataverse=text_of(item, "dataverse_field"),
        pairs=_pairs(item.get("value_map")),
        default=None if default is None else str(default),
        fault=fault or (f"its transform is published as '{unread}', which says no values" if unread else ""),
    )
    return settled(line)


def _pairs(found: object) -> tuple[tuple[str, str], ...] | None:
    if isinstance(found, Mapping):
        return tuple((str(key), str(value)) for key, value in found.items())
    if isinstance(found, list):
        return tuple((str(pair[0]), str(pair[1])) for pair in found if isinstance(pair, list) and len(pair) == 2)
    return None
