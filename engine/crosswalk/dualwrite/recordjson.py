"""Writes a record as the product keeps it: a row of the table of maps, whose map and properties are JSON texts.

Whether a running system takes such a row in has not been tried; the shape follows the records that systems gave out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from crosswalk.dualwrite.records import Direction, Line, Record

PUBLISHER = "new"
FIRST_VERSION = "1.0.0.0"

_NUMBERS: dict[Direction, int] = {"to_dataverse": 1, "to_finance": 2, "both": 3}


def record_json(record: Record) -> str:
    """Write one record."""
    return json.dumps(_row(record), indent=1, ensure_ascii=False) + "\n"


def _row(record: Record) -> Mapping[str, object]:
    title = f"{record.dataverse} - {record.finance}"
    properties = {
        "Description": record.description,
        "IsDualWriteProject": True,
        "SkipInitialSync": False,
        "AreKeysMismatched": False,
        "TargetTypeList": [3, 1],
    }
    return {
        "msdyn_displayname": title,
        "msdyn_name": f"{PUBLISHER}_[{title}]",
        "msdyn_version": record.version or FIRST_VERSION,
        "msdyn_mapping": json.dumps(_mapping(record), indent=1, ensure_ascii=False),
        "msdyn_properties": json.dumps(properties, ensure_ascii=False),
    }


def _mapping(record: Record) -> Mapping[str, object]:
    return {
        "name": f"[{record.finance}] - [{record.dataverse}]",
        "order": 0,
        "leftEnvironmentType": "AX",
        "centerEnvironmentType": "CRM",
        "rightEnvironmentType": "UNDEFINED",
        "leftEnvironment": "",
        "centerEnvironment": "",
        "legs": [
            {
                "id": "001",
                "sourceSchema": record.finance,
                "sourceEnvironmentType": "AX",
                "sourceFilter": record.finance_filter,
                "destinationSchema": record.dataverse,
                "destinationEnvironmentType": "CRM",
                "reversedSourceFilter": record.dataverse_filter,
                "fieldMappings": [_field(line) for line in record.lines],
                "entityFileFormat": "CSV",
                "deleteNonMatchingData": False,
            }
        ],
    }


def _field(line: Line) -> Mapping[str, object]:
    related = {"destinationLookupFieldRelatedEntity": line.related} if line.related else {}
    transforms: list[Mapping[str, object]] = []
    if line.pairs is not None:
        transforms.append(
            {"transformType": "ValueMap", "valueMap": dict(line.pairs), "createValuesOnDestination": False}
        )
    if line.default is not None:
        transforms.append({"transformType": "Default", "defaultValue": line.default})
    return {
        "syncDirection": _NUMBERS[line.direction],
        "sourceField": line.finance,
        "destinationField": line.dataverse,
        **related,
        **({"valueTransforms": transforms} if transforms else {}),
        "isSystemGenerated": False,
    }
