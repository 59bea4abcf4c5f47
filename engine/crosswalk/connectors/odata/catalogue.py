"""Asks a service what its own catalogue of attributes says beyond ``$metadata``: choices with their labels, lengths of
texts, which numbers are money, and titles.

Source: the pages of the Web API on querying table definitions, where attributes are cast to their kind, and on the
types of columns: money has four decimals, other decimals up to ten. Tested against recorded shapes only, for no
stand-in serves this catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

from crosswalk.connectors.odata.faults import Answer
from crosswalk.connectors.odata.session import Session
from crosswalk.model import Choice

_OPTIONS = "LogicalName,DisplayName&$expand=OptionSet"
_KINDS: Mapping[str, str] = {
    "PicklistAttributeMetadata": f"{_OPTIONS},GlobalOptionSet",
    "StateAttributeMetadata": _OPTIONS,
    "StatusAttributeMetadata": _OPTIONS,
    "StringAttributeMetadata": "LogicalName,DisplayName,MaxLength",
    "MemoAttributeMetadata": "LogicalName,DisplayName,MaxLength",
    "MoneyAttributeMetadata": "LogicalName,DisplayName",
    "DecimalAttributeMetadata": "LogicalName,DisplayName",
}
_PROBE = "EntityDefinitions?$select=LogicalName&$filter=LogicalName%20eq%20'none'"
"""Tells whether there is a catalogue at all, so that a service without one is asked once and not for every table."""

_DIGITS = {"MoneyAttributeMetadata": (19, 4), "DecimalAttributeMetadata": (23, 10)}


@dataclass(frozen=True, slots=True)
class Attribute:
    """What the catalogue says of a column. `digits` is the precision and scale of a decimal."""

    choices: tuple[Choice, ...] = ()
    length: int | None = None
    digits: tuple[int, int] | None = None
    title: str = ""


Catalogue = Mapping[str, Attribute]
"""Attributes by the column's name in lower case."""


def read_catalogues(session: Session, tables: Iterable[str]) -> Mapping[str, Catalogue]:
    """Read what is known of tables by their logical names; nothing where the service does not show it to us."""
    wanted = [(table, kind) for table in dict.fromkeys(tables) for kind in _KINDS]
    found: dict[str, dict[str, Attribute]] = {table: {} for table, _ in wanted}
    if not wanted or session.send("GET", _PROBE).status == 404:
        return found
    with ThreadPoolExecutor(session.settings.limits.concurrency, thread_name_prefix="odata-catalogue") as pool:
        answers = pool.map(lambda each: session.send("GET", _address(*each)), wanted)
        for (table, kind), answer in zip(wanted, answers, strict=True):
            found[table].update(_attributes(kind, answer))
    return found


def _address(table: str, kind: str) -> str:
    definition = f"EntityDefinitions(LogicalName='{quote(table)}')"
    return f"{definition}/Attributes/Microsoft.Dynamics.CRM.{kind}?$select={_KINDS[kind]}"


def _attributes(kind: str, answer: Answer) -> Iterator[tuple[str, Attribute]]:
    if not answer.fine:
        return
    try:
        attributes = json.loads(answer.text)["value"]
    except (ValueError, KeyError, TypeError):
        return
    for given in attributes:
        choices = _options(given.get("OptionSet")) or _options(given.get("GlobalOptionSet"))
        title = _label(given.get("DisplayName"))
        yield str(given["LogicalName"]).casefold(), Attribute(choices, given.get("MaxLength"), _DIGITS.get(kind), title)


def _options(option_set: object) -> tuple[Choice, ...]:
    given = option_set.get("Options") if isinstance(option_set, Mapping) else None
    return tuple(Choice(int(one["Value"]), _label(one.get("Label")) or str(one["Value"])) for one in given or ())


def _label(label: object) -> str:
    """Take the label in the language of the user, else the first there is."""
    if isinstance(label, Mapping):
        localized = label.get("UserLocalizedLabel") or next(iter(label.get("LocalizedLabels") or ()), None)
        if isinstance(localized, Mapping) and localized.get("Label"):
            return str(localized["Label"])
    return ""
