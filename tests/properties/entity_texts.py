"""Makes entity files as people write them, in many styles and with comments, and tables that differ from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from crosswalk.errors import Span
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef

FILE = "entities/shop/orders.entity.yaml"
NOWHERE = Span("", 0, 0)
NAMES = (
    "id",
    "number",
    "Amount",
    "due",
    "state",
    "größe",
    "a b",
    "no",
    "null",
    "007",
    "x-y",
    "it's",
    'say "x"',
    "a, b",
)
TITLES = (
    "Number",
    "Amount (base)",
    "a: b",
    "no",
    "100 %",
    "# 1",
    "it's",
    'say "x"',
    "[x]",
    "Größe, cm",
    "-",
    "null",
    "true",
)
COMMENTS = ("", "", "", "  # by hand", "  # {type: int}", "   # it's", " # größe: x")
TYPES = ("guid", "int", "boolean", "date", "datetime", "text", "text(20)", "text(30)", "decimal(19,4)", "decimal(18,2)")
LABELS = ("Open", "Shut", "Lost, found", "Draft: new", "yes", "7", "a #b", "x y")
CODES = {"int": (0, 1, 2, 192350000, -1), "text": ("A", "B", "1", "no", "x y", "a: b")}


def kind(text: str) -> DataType:
    name, _, rest = text.partition("(")
    numbers = [int(one) for one in rest.rstrip(")").split(",") if one]
    if name == "decimal":
        return DataType("decimal", precision=numbers[0], scale=numbers[1])
    return DataType(name, length=numbers[0] if numbers else None)  # type: ignore[arg-type]


@st.composite
def columns(draw: st.DrawFn, name: str) -> Column:
    required, title = draw(st.booleans()), draw(st.sampled_from(("", *TITLES)))
    if draw(st.integers(0, 3)):
        return Column(name, kind(draw(st.sampled_from(TYPES))), NOWHERE, required=required, title=title)
    coded = draw(st.sampled_from(("int", "text")))
    codes = draw(st.lists(st.sampled_from(CODES[coded]), min_size=1, max_size=4, unique=True))
    labels = draw(st.lists(st.sampled_from(LABELS), min_size=len(codes), max_size=len(codes), unique=True))
    if draw(st.booleans()):
        labels = [str(code) for code in codes]
    choices = tuple(Choice(code, label) for code, label in zip(codes, labels, strict=True))
    kind_of = DataType("choice", coded=coded)  # type: ignore[arg-type]
    return Column(name, kind_of, NOWHERE, required=required, choices=choices, title=title)


@st.composite
def tables(draw: st.DrawFn) -> Entity:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    found = {name: draw(columns(name)) for name in names}
    return Entity(EntityRef("shop", "orders"), "orders", (names[0],), found, NOWHERE)


@st.composite
def alike(draw: st.DrawFn, entity: Entity) -> Entity:
    """A table that has some columns as the entity says, some otherwise, some not at all, and some more."""
    found: dict[str, Column] = {}
    for name, column in entity.columns.items():
        match draw(st.sampled_from(("same", "same", "other", "choices", "gone"))):
            case "same":
                found[name] = column
            case "other":
                found[name] = draw(columns(name))
            case "choices" if column.choices:
                coded = column.type.coded
                codes = draw(st.lists(st.sampled_from(CODES[coded]), min_size=1, max_size=5, unique=True))
                labels = [draw(st.sampled_from(LABELS)) for _ in codes]
                found[name] = replace(column, choices=tuple(map(Choice, codes, labels)))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True)):
        if name not in entity.columns:
            found[name] = draw(columns(name))
    order = draw(st.permutations(list(found)))
    return replace(entity, columns={name: found[name] for name in order})


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is written. Each column has its own way: braces, braces over several lines, or a block."""

    ways: tuple[str, ...]
    comments: tuple[str, ...]
    indent: int
    line_break: str
    end: str
    mark: str
    whole: str


def styles() -> st.SearchStrategy[Style]:
    return st.builds(
        Style,
        ways=st.lists(st.sampled_from(("braces", "braces", "wide", "block")), min_size=5, max_size=5).map(tuple),
        comments=st.lists(st.sampled_from(COMMENTS), min_size=12, max_size=12).map(tuple),
        indent=st.sampled_from((1, 2, 4)),
        line_break=st.sampled_from(("\n", "\n", "\r\n")),
        end=st.sampled_from(("\n", "", "\n\n", "\n# the end", "\n# the end\n", "\n  # of columns\ntitle: orders\n")),
        mark=st.sampled_from(("", "", "\ufeff")),
        whole=st.sampled_from(("block", "block", "block", "braces")),
    )


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def in_braces(column: Column) -> list[str]:
    parts = [f"type: {quoted(str(column.type))}"]
    if column.required:
        parts.append("required: true")
    if column.choices:
        parts.append(f"choices: {choices_of(column)}")
    if column.title:
        parts.append(f"title: {quoted(column.title)}")
    return parts


def choices_of(column: Column) -> str:
    coded = [str(one.code) if column.type.coded == "int" else quoted(str(one.code)) for one in column.choices]
    if all(str(one.code) == one.label for one in column.choices):
        return f"[{', '.join(coded)}]"
    return f"{{{', '.join(f'{code}: {quoted(one.label)}' for code, one in zip(coded, column.choices, strict=True))}}}"


def text_of(entity: Entity, style: Style) -> str:
    """Write an entity in a style, with comments."""
    end = style.end.replace("\n", style.line_break)
    return style.mark + style.line_break.join(line for _, line in lines_of(entity, style)) + end


def lines_of(entity: Entity, style: Style) -> list[tuple[str, str]]:
    """Give the lines of a file, each with the name of the column that it belongs to."""
    comments = iter(style.comments * 20)
    head = [
        "# orders: it's by hand",
        f"entity: orders{next(comments)}",
        "system: shop",
        f"key: [{quoted(entity.key[0])}]",
    ]
    lines = [("", line) for line in head]
    if style.whole == "braces":
        held = ", ".join(f"{quoted(one.name)}: {{{', '.join(in_braces(one))}}}" for one in entity.columns.values())
        return [*lines, ("", f"columns: {{{held}}}{next(comments)}")]
    lines.append(("", f"columns:{next(comments)}"))
    pad = " " * style.indent
    for number, column in enumerate(entity.columns.values()):
        parts, name = in_braces(column), quoted(column.name)
        match style.ways[number % len(style.ways)]:
            case "braces":
                own = [f"{pad}{name}: {{{', '.join(parts)}}}{next(comments)}"]
            case "wide":
                middle = [f"{pad}    {part},{next(comments)}" for part in parts]
                own = [f"{pad}{name}: {{{next(comments)}", *middle, f"{pad}  }}{next(comments)}"]
            case _:
                own = [f"{pad}{name}:{next(comments)}", *(f"{pad}{pad}{part}{next(comments)}" for part in parts)]
        lines += [(column.name, line) for line in own]
        if comment := next(comments).strip():
            lines.append(("", f"{pad}{comment}"))
    return lines
