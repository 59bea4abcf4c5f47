"""What a table demands of those who write it: its key, its required columns, and that its own columns stay alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crosswalk.compiler.binding import Binding
from crosswalk.contracts import TransformError
from crosswalk.errors import MapError, Problem, Span, nearest
from crosswalk.model import Column, Document, Entity, EntityRef, FieldMapping, Path, Project, Sequence


def check_demands(binding: Binding) -> None:
    """Check what a leg writes against its tables; problems go to the binding."""
    leg = binding.leg
    _check_tables(binding)
    for arm in leg.arms:
        if leg.creates:
            _check_made(binding, arm.target, [*arm.key, *arm.fields], Wanted(arm.span, "key"))
        elif not arm.fields:
            message = f"no column of {arm.target.ref} is written"
            binding.problems.add("MISSING_PROPERTY", message, arm.span, "add fields")
    if leg.map.document is not None:
        _check_document(binding, leg.map.document)
    _check_versions(binding)


def writable(entity: Entity, column: Column, span: Span) -> None:
    """Refuse to write what a system keeps by itself."""
    if column.name in (entity.modified, entity.row_version):
        message = f"'{column.name}' is kept by {entity.ref.system} itself"
        raise MapError([Problem("NOT_WRITABLE", message, span, "remove the line")])


def made_keys(entity: Entity) -> tuple[Column, ...]:
    """List the key columns for which a value can be made: guids say nothing but that a row is itself.

    A guid that refers to another row says more, so it is not made up.
    """
    columns = (entity.columns[name] for name in entity.key if name in entity.columns)
    return tuple(column for column in columns if column.type.kind == "guid" and not column.relation)


def drawn(line: FieldMapping, sequence: Sequence, column: Column, project: Project) -> None:
    """Check a line that takes a number: it is text as its format says, and nothing is done to it."""
    for call in line.transforms:
        message = f"'{call.name}' is not done to a number of a sequence"
        hint = "remove it; the format stands in the project file"
        raise MapError([Problem("MISPLACED_PROPERTY", message, call.span, hint)])
    if column.type.kind != "text":
        message = f"a number of '{sequence.name}' is text, and '{column.name}' is {column.type}"
        raise TransformError("TYPE_MISMATCH", message, "write it to a column of text")
    shortest = len(project.sequences[sequence.name].format) - len("{}")
    if column.type.length is not None and column.type.length < shortest:
        message = f"a number of '{sequence.name}' has {shortest} characters, and '{column.name}' is {column.type}"
        raise TransformError("DEFAULT_DOES_NOT_FIT", message, "shorten its format in the project file")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a missing line is told, and where its key lines stand."""

    span: Span
    key: str


def _check_made(binding: Binding, entity: Entity, lines: Iterable[FieldMapping], where: Wanted) -> None:
    """Check that a row which is made gets its key and every column that its table demands."""
    written = {line.target for line in lines}
    slips = {nearest(name, entity.columns) for name in written if name not in entity.columns}
    for column in entity.columns.values():
        kept = column.name in (entity.modified, entity.row_version) or column in made_keys(entity)
        if kept or column.name in written or nearest(column.name, [column.name]) in slips:
            continue
        if column.name in entity.key:
            message = f"'{column.name}' is in the key of {entity.ref}, and the map gives it no value"
            binding.problems.add("KEY_UNMAPPED", message, where.span, f"add it under {where.key}: {column.name}: ...")
        elif column.required:
            message = f"{entity.ref} demands '{column.name}', and the map gives it no value"
            binding.problems.add("REQUIRED_UNMAPPED", message, where.span, f"add it under fields: {column.name}: ...")


def _check_document(binding: Binding, rule: Document) -> None:
    """Check that a header is whole, that nothing in it is written twice, and that lines know their header."""
    header = binding.leg.project.entities[rule.target]
    _check_made(binding, header, [*rule.by, *rule.fields], Wanted(rule.span, "fields of the document"))
    parts = {line.target for line in rule.by} & set(header.columns)
    for line in rule.fields:
        if line.target in parts:
            message = f"'{line.target}' is a part of the group, which writes the column already"
            binding.problems.add("MAP_DUP_TARGET", message, line.span, "remove the line")
    sources = [line.source for arm in binding.leg.arms for line in arm.fields]
    paths = [path.parts for path in sources if isinstance(path, Path) and path.parts[0] == "document"]
    taken = {parts[-1] for parts in paths} - {"line", *(line.target for line in rule.by)}
    if not taken:
        own = next((column for column in header.key if column != header.company), header.key[0])
        message = f"no line says to which row of {header.ref} it belongs"
        hint = f"add it under fields: <column>: document.{own}"
        binding.problems.add("MISSING_PROPERTY", message, rule.span, hint)


def _check_tables(binding: Binding) -> None:
    """A map never writes the table that it reads, and writes each table once."""
    leg, seen = binding.leg, set[EntityRef]()
    headers = [] if leg.map.document is None else [(leg.map.document.target, leg.map.document.span)]
    for ref, span in [*((arm.target.ref, arm.span) for arm in leg.arms), *headers]:
        if ref == leg.source.ref and leg.name == "out":
            message = f"{ref} is the source of the map, which is only read"
            binding.problems.add("NOT_WRITABLE", message, span, "name another table; settle writes to the source")
        elif ref in seen:
            message = f"{ref} is written twice by this map"
            binding.problems.add("MAP_DUP_TARGET", message, span, "make one target of both, with `or` in its `when`")
        seen.add(ref)


def _check_versions(binding: Binding) -> None:
    """A conflict is seen by the version of the row; without one, the way back would overwrite."""
    leg, arm = binding.leg, binding.leg.arms[0]
    if leg.name == "back" and leg.conflict != "write" and not (arm.target.row_version or arm.target.modified):
        message = f"{arm.target.ref} has neither row_version nor modified, so a changed row is not noticed"
        hint = "declare one of them in its entity, or say conflict: target"
        binding.problems.add("VERSION_REQUIRED", message, arm.span, hint)
