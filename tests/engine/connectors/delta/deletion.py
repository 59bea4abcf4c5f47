"""Deletes rows of a Delta table by a deletion vector, which the library reads and does not write.

The bytes follow the public protocol of Delta: an array of roaring bitmaps in their portable form, as base 85 text in
the log itself.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_MAGIC = 1681511377
_NO_RUNS = 12346


def delete_by_vector(folder: Path, rows: Sequence[int]) -> None:
    """Mark rows of a table with one commit and one file as deleted, by their places in the file."""
    log = folder / "_delta_log"
    actions = [json.loads(line) for line in (log / f"{0:020}.json").read_text(encoding="utf-8").splitlines()]
    added = next(action["add"] for action in actions if "add" in action)
    kept = {key: value for key, value in added.items() if value is not None}
    bitmap = _bitmap(sorted(rows))
    vector = {
        "storageType": "i",
        "pathOrInlineDv": _base85(bitmap),
        "sizeInBytes": len(bitmap),
        "cardinality": len(rows),
    }
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    removed = {"path": added["path"], "deletionTimestamp": 1, "dataChange": True, "partitionValues": {}}
    commit = [
        {"commitInfo": {"timestamp": 1, "operation": "DELETE"}},
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}},
        {"remove": {**removed, "extendedFileMetadata": True, "size": added["size"]}},
        {"add": {**kept, "dataChange": True, "deletionVector": vector}},
    ]
    (log / f"{1:020}.json").write_text("\n".join(map(json.dumps, commit)), encoding="utf-8")


def _bitmap(rows: Sequence[int]) -> bytes:
    head = struct.pack("<IQI", _MAGIC, 1, 0) + struct.pack("<II", _NO_RUNS, 1)
    return head + struct.pack("<HHI", 0, len(rows) - 1, 16) + b"".join(struct.pack("<H", row) for row in rows)


def _base85(plain: bytes) -> str:
    padded = plain + b"\0" * (-len(plain) % 4)
    return "".join(_five(int.from_bytes(padded[at : at + 4], "big")) for at in range(0, len(padded), 4))


def _five(number: int) -> str:
    return "".join(_DIGITS[number // 85**power % 85] for power in range(4, -1, -1))
