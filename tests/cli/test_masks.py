"""What a column marked as personal holds is never shown."""

import json
from pathlib import Path

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
