"""What a column marked as personal holds is never shown."""

import json
from pathlib import Path

import duckdb

from tests.cli.calls import Shell

EMAIL = "hello@nordic.example"


def make_personal_map() -> None:
    """A second map whose source and target hold e-mail addresses, one of them too long."""
    Path("maps/entities/books/contacts.entity.yaml").write_text(
        "entity: Contacts\nsystem: books\nkey: [Id]\ncolumns:\n"
        "  Id: {type: int, required: true}\n  Email: {type: text(18), pii: true}\n"
    )
    Path("maps/contacts.map.yaml").write_text(
        "map: contacts\nflow: sync\nsource: shop.customers\ntarget: books.Contacts\n"
        "key: {Id: id}\nfields: {Email: email}\n"
    )


def test_personal_values_are_masked_in_rejects_and_changes(shell: Shell, project: Path) -> None:
    make_personal_map()
    shell("run", "--select", "contacts")
    for words in (("rejects",), ("rejects", "--row", "1"), ("rejects", "--output", "json"), ("why", "contacts", "1")):
        printed = shell(*words).out
        assert "TOO_LONG" in printed
        assert EMAIL not in printed
        assert "***" in printed
    file = Path("maps/contacts.map.yaml")
    file.write_text(file.read_text().replace("Email: email", "Email: {from: email, upper: true}"))
    result = shell("run", "--select", "contacts", "--output", "json").json
    assert [change["cells"] for change in result["legs"][0]["changes"]] == [{"Email": ["***", "***"]}] * 2
    assert "LAMP" not in json.dumps(result)


def test_both_values_of_a_conflict_over_a_personal_column_are_masked(shell: Shell, project: Path) -> None:
    make_personal_map()
    entity = Path("maps/entities/books/contacts.entity.yaml")
    entity.write_text(
        entity.read_text()
        .replace("text(18)", "text(80)")
        .replace("columns:", "modified: Changed\ncolumns:\n  Changed: {type: datetime}")
    )
    file = Path("maps/contacts.map.yaml")
    file.write_text(file.read_text().replace("fields: {Email: email}", "both: {Email: email}\nback: {}"))
    shell("run", "--select", "contacts")
    with duckdb.connect(next(Path().rglob("data.duckdb"))) as database:
        database.execute("UPDATE books.Contacts SET Email = 'theirs@example', Changed = now()::TIMESTAMP WHERE Id = 1")
        database.execute("UPDATE shop.customers SET email = 'ours@example' WHERE id = 1")
    shell("run", "--select", "contacts", "--full")
    for words in (("rejects",), ("rejects", "--output", "json"), ("why", "contacts", "1")):
        printed = shell(*words).out
        assert "CONFLICT_STALE" in printed
        assert "***" in printed
        assert "theirs@" not in printed
        assert "ours@" not in printed
