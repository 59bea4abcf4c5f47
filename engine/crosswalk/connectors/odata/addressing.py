"""Writes the address of a row: the set and the key, be it of one part, of several, or an alternate key.

``accounts(6ba7b810-9dad-11d1-80b4-00c04fd430c8)``, ``orders(company='usmf',number='1')``. A text may hold anything:
quotes are doubled by the rules of OData first, then everything but letters, digits and quotes is escaped by the rules
of addresses, so that a slash or a bracket in a key cannot end the segment.

Source: OData URL Conventions 4.01, sections 2 and 4.3; OData ABNF, keyPredicate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from crosswalk.connectors.odata.encoding import Spelling, Unfit, literal
from crosswalk.exchange import Plain


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a key: the property, its type in ``$metadata``, the value."""

    name: str
    edm: str
    value: Plain


def address(entity_set: str, key: Sequence[Part], *, alternate: bool = False, spelling: Spelling | None = None) -> str:
    """Give the address of one row, relative to the root of the service; `Unfit` when a part of the key is null.

    A key of one part stands without its name, unless it is an alternate key.
    """
    written = [_literal(part, spelling) for part in key]
    if len(key) == 1 and not alternate:
        return f"{escaped(entity_set)}({written[0]})"
    pairs = ",".join(f"{escaped(part.name)}={text}" for part, text in zip(key, written, strict=True))
    return f"{escaped(entity_set)}({pairs})"


def filter_of(key: Sequence[Part], spelling: Spelling | None = None) -> str:
    """Give the condition, escaped, that only the rows with this key meet: a null part asks for null."""
    terms = [f"{part.name} eq {literal(part.value, part.edm, spelling)}" for part in key]
    return escaped(" and ".join(terms))


def escaped(text: str) -> str:
    """Escape a text for an address; a blank is %20, for not every server reads a plus as one."""
    try:
        return quote(text, safe="'")
    except UnicodeEncodeError:
        raise Unfit("a text with half a character cannot stand in an address") from None


def _literal(part: Part, spelling: Spelling | None) -> str:
    if part.value is None:
        raise Unfit(f"the key has no value in '{part.name}'")
    return escaped(literal(part.value, part.edm, spelling))
