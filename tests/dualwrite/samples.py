"""Records written for the tests: an invented lending library, in every spelling that real records are seen in."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

COLOURS = {"red": "1", "blue": "2", "": "1", " ": "1"}
YES_NO = {"no": "False", "yes": "True"}


def pair(way: object, finance: str | None, dataverse: str | None, **more: object) -> dict[str, Any]:
    """One pair of columns; what is not said is left out."""
    return {"syncDirection": way, "sourceField": finance, "destinationField": dataverse, **more}


def valued(pairs: dict[str, str], **more: object) -> list[dict[str, Any]]:
    return [{"transformType": "ValueMap", "valueMap": pairs, "createValuesOnDestination": False, **more}]


def constant(value: str) -> list[dict[str, Any]]:
    return [{"transformType": "Default", "defaultValue": value}]


def mapping(finance: str, dataverse: str, fields: list[dict[str, Any]], **leg: object) -> dict[str, Any]:
    return {
        "name": f"[{finance}] - [{dataverse}]",
        "legs": [
            {"id": "001", "sourceSchema": finance, "destinationSchema": dataverse, "fieldMappings": fields, **leg}
        ],
    }


def row(content: dict[str, Any], version: str = "1.0.0.0", properties: str = "{}") -> dict[str, Any]:
    leg = content["legs"][0]
    return {
        "msdyn_displayname": f"{leg['destinationSchema']} - {leg['sourceSchema']}",
        "msdyn_version": version,
        "msdyn_mapping": json.dumps(content),
        "msdyn_properties": properties,
    }


def books(**leg: object) -> dict[str, Any]:
    """Books: two-way lines, a value map with blanks that collide, a self reference, constants for either side."""
    fields = [
        pair("3", "BOOKNUMBER", "lib_booknumber", isSystemGenerated=False),
        pair(3, "TITLE", "lib_title", valueTransforms=[]),
        pair(3, "COLOUR", "lib_colour", valueTransforms=valued(COLOURS, **{"$type": "Some.Type, Some.Assembly"})),
        pair("3", "ISRARE", "lib_israre", valueTransforms=valued(YES_NO)),
        pair(3, "SHELFCODE", "lib_shelf.lib_code", destinationLookupFieldRelatedEntity="lib_shelves"),
        pair(3, "SEQUELTO", "lib_sequel.lib_booknumber"),
        pair(1, "PAGES", "lib_pages"),
        pair(2, "RATING", "lib_rating", valueTransforms=None),
        pair(1, "", "lib_kind", valueTransforms=constant("7")),
        pair(2, "ORIGIN", None, valueTransforms=constant("Library")),
    ]
    return mapping("Library books V2", "lib_books", fields, **leg)


def loans() -> dict[str, Any]:
    """Loans go one way; who borrows is a reader or a school, and the shelf is found over two columns and two hops."""
    fields = [
        pair(1, "LOANID", "lib_loannumber"),
        pair(1, "BORROWERID", "lib_borrowerid.Reader(lib_readernumber).School(lib_schoolnumber)"),
        pair(1, "COPYNUMBER", "lib_copy.lib_copynumber", destinationLookupFieldRelatedEntity="lib_copies"),
        pair(1, "COPYBOOK", "lib_copy.lib_book.lib_booknumber"),
        pair(1, "STATE", "lib_state", valueTransforms=valued({"out": "1", "back": "2"})),
    ]
    return mapping("Loans", "lib_loans", fields, sourceFilter="(State = 'out')\u00a0|| (State==\"back\")")


def fines() -> dict[str, Any]:
    """Fines flow from the sales side alone."""
    fields = [pair("2", "FINEID", "lib_finenumber"), pair("2", "AMOUNT", "lib_amount")]
    return mapping("Fines", "lib_fines", fields, reversedSourceFilter="lib_amount gt 0 and statecode eq 0")


def shelves() -> dict[str, Any]:
    """Shelves are nothing but their code: a row that is all key."""
    return mapping("Shelves", "lib_shelves", [pair(3, "SHELFCODE", "lib_code")])


def copies() -> dict[str, Any]:
    """Copies have a key that flows one way: the other side may change them and makes none."""
    return mapping("Copies", "lib_copies", [pair(1, "COPYID", "lib_copynumber"), pair(3, "NOTE", "lib_note")])


ALL = {"books": books, "loans": loans, "fines": fines, "shelves": shelves, "copies": copies}


def files(folder: Path, *names: str) -> list[Path]:
    """Write samples as files, each a row of its own."""
    written = []
    for name in names or tuple(ALL):
        path = folder / f"{name}.record.json"
        path.write_text(json.dumps(row(ALL[name]())), encoding="utf-8")
        written.append(path)
    return written


def customizations(*rows: dict[str, Any], before: str = "", indent: str = "") -> str:
    """The document of a solution with rows in it; `indent` prints it over many lines."""
    parts = []
    for one in rows:
        cells = "".join(f"{indent}<{name}>{_escaped(text)}</{name}>" for name, text in one.items())
        parts.append(
            f'{indent}<msdyn_dualwriteentitymap msdyn_dualwriteentitymapid="x">{cells}</msdyn_dualwriteentitymap>'
        )
    listed = f"<msdyn_dualwriteentitymaps>{''.join(parts)}{indent}</msdyn_dualwriteentitymaps>"
    return f'<?xml version="1.0" encoding="utf-8"?>{before}<ImportExportXml>{listed}</ImportExportXml>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def solution(document: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("solution.xml", "<ImportExportXml/>")
        archive.writestr("customizations.xml", document)
    return content.getvalue()
