"""Makes the table of an entity where there is none, and describes tables that are there as entities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deltalake import DeltaTable, Schema
from deltalake.exceptions import CommitFailedError
from deltalake.schema import Field, PrimitiveType

from crosswalk.connectors.delta.cells import described, is_plain, made_of
from crosswalk.connectors.delta.tables import LakeTable, translated
from crosswalk.errors import Span
from crosswalk.model import Column, Entity, EntityRef

RECEIPTS_KEPT = "interval 90 days"
"""How long the log keeps the names of deliveries: far longer than a run waits to be resumed."""


def make_table(folder: Path, entity: Entity, *, change_feed: bool) -> None:
    """Make an empty table with the columns of an entity; when another writer was faster, his is taken."""
    fields = [
        Field(column.name, PrimitiveType(made_of(column.type)), nullable=not column.required)
        for column in entity.columns.values()
    ]
    kept = {
        "delta.enableChangeDataFeed": "true" if change_feed else "false",
        "delta.setTransactionRetentionDuration": RECEIPTS_KEPT,
    }
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            DeltaTable.create(folder, Schema(fields), mode="ignore", configuration=kept)
        except CommitFailedError:
            return


def describe_table(table: LakeTable, ref: EntityRef) -> Entity:
    """Describe a table. Columns that are no single values are left out; a Delta table names no key."""
    span = Span(str(table.folder), 1, 1)
    nullable: Mapping[str, bool] = {field.name: field.nullable for field in table.table.schema().fields}
    columns = {
        field: Column(field, described(kind), span, required=not nullable[field])
        for field, kind in table.fields.items()
        if is_plain(kind)
    }
    return Entity(ref, ref.entity, (), columns, span)
