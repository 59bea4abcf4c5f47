"""Asks a service for the choices of a table's columns with their labels, where it keeps a catalogue of attributes.

Source: the pages on querying table definitions of the Web API: a cast to the kind of attribute, with ``OptionSet`` and
``GlobalOptionSet`` expanded. Tested against recorded shapes only, for no stand-in serves this catalogue.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from crosswalk.connectors.odata.describing import Labels
from crosswalk.connectors.odata.faults import Answer
from crosswalk.connectors.odata.session import Session
from crosswalk.model import Choice

_KINDS = ("PicklistAttributeMetadata", "StateAttributeMetadata", "StatusAttributeMetadata")
_CAST = "Microsoft.Dynamics.CRM."


def read_labels(session: Session, logical_name: str) -> Labels:
    """Read the choices of a table; none where the service has no such catalogue, or does not show it to us."""
    found: dict[str, tuple[Choice, ...]] = {}
    for kind in _KINDS:
        expand = "OptionSet,GlobalOptionSet" if kind == _KINDS[0] else "OptionSet"
        address = (
            f"EntityDefinitions(LogicalName='{quote(logical_name)}')/Attributes/{_CAST}{kind}"
            f"?$select=LogicalName&$expand={expand}"
        )
        found.update(_choices(session.send("GET", address)))
    return found


def _choices(answer: Answer) -> Iterator[tuple[str, tuple[Choice, ...]]]:
    if not answer.fine:
        return
    try:
        attributes = json.loads(answer.text)["value"]
    except (ValueError, KeyError, TypeError):
        return
    for attribute in attributes:
        options = _options(attribute.get("OptionSet")) or _options(attribute.get("GlobalOptionSet"))
        if options:
            yield str(attribute["LogicalName"]).casefold(), options


def _options(option_set: object) -> tuple[Choice, ...]:
    given = option_set.get("Options") if isinstance(option_set, Mapping) else None
    return tuple(Choice(int(one["Value"]), _label(one)) for one in given or ())


def _label(option: Mapping[str, object]) -> str:
    """Take the label in the language of the user, else the first there is, else the number."""
    label = option.get("Label")
    if isinstance(label, Mapping):
        localized = label.get("UserLocalizedLabel") or next(iter(label.get("LocalizedLabels") or ()), None)
        if isinstance(localized, Mapping) and localized.get("Label"):
            return str(localized["Label"])
    return str(option["Value"])
