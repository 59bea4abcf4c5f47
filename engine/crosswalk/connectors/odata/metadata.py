"""Reads ``$metadata``: the entity sets of a service, their types, keys, properties, relations and enumerations.

The text is read by the standard library's parser after its size is known and a DOCTYPE is refused, so that nothing can
be expanded or fetched. Source: OData Common Schema Definition Language 4.0 and the vocabularies Core and Capabilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from crosswalk.errors import SystemFailure

_CHUNK = 2**20
_ALTERNATE_KEYS = ("OData.Community.Keys.V1.AlternateKeys", "Org.OData.Core.V1.AlternateKeys")
_TRACKING = "Org.OData.Capabilities.V1.ChangeTracking"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a type. `type` is like ``Edm.String``, or the full name of an enumeration. `scale` is None where
    it varies.
    """

    name: str
    type: str
    nullable: bool = True
    length: int | None = None
    precision: int | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class Navigation:
    """A property that leads to one row of another type. `constraints` maps properties here to properties there."""

    name: str
    type: str
    constraints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntityType:
    name: str
    key: tuple[str, ...]
    properties: Mapping[str, Property]
    navigations: tuple[Navigation, ...] = ()
    alternate_keys: tuple[tuple[str, ...], ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class EntitySet:
    """`bindings` maps navigations to the entity sets they lead to; `tracked` says that changes can be asked for."""

    name: str
    type: str
    bindings: Mapping[str, str] = field(default_factory=dict)
    tracked: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a service offers. `enums` maps the full name of an enumeration to its members with their numbers."""

    sets: Mapping[str, EntitySet]
    types: Mapping[str, EntityType]
    enums: Mapping[str, Mapping[str, int]]

    def type_of(self, entity_set: str) -> EntityType | None:
        """Find the type of a set, with what it inherits."""
        found = self.sets.get(entity_set)
        return self._whole(found.type, 0) if found else None

    def _whole(self, name: str, depth: int) -> EntityType | None:
        own = self.types.get(name)
        above = self._whole(own.base, depth + 1) if own and own.base and depth < _DEEPEST else None
        if own is None or above is None:
            return own
        return replace(
            own,
            key=own.key or above.key,
            properties={**above.properties, **own.properties},
            navigations=(*above.navigations, *own.navigations),
            alternate_keys=(*above.alternate_keys, *own.alternate_keys),
        )

    def set_of(self, type_name: str) -> str | None:
        """Find the set that holds rows of a type."""
        return next((found.name for found in self.sets.values() if found.type == type_name), None)


_DEEPEST = 16


def read_metadata(text: str, system: str) -> Metadata:
    """Read the text of ``$metadata``; `SystemFailure` where it is none."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _unreadable(system, "it declares a document type, which is refused")
    reader = _Reader()
    try:
        for element in _elements(text):
            reader.take(element)
    except ParseError as error:
        raise _unreadable(system, str(error)) from None
    if not reader.sets:
        raise _unreadable(system, "it names no entity set")
    return Metadata(reader.sets, reader.types, reader.enums)


def _unreadable(system: str, why: str) -> SystemFailure:
    message = f"{system}: $metadata cannot be read: {why}"
    return SystemFailure(message, code="SYSTEM_ANSWER", remedy="check that the url is the root of an OData service")


def _elements(text: str) -> Iterator[Element]:
    """Give the schemas' parts one by one; each is emptied after use, for the whole can be very large."""
    parser: XMLPullParser[Element] = XMLPullParser(["start", "end"])
    namespace = ""
    for start in range(0, len(text), _CHUNK):
        parser.feed(text[start : start + _CHUNK])
        for event, element in cast(Iterator[tuple[str, Element]], parser.read_events()):
            if event == "start" and _tag(element) == "Schema":
                namespace = element.get("Namespace", "")
            elif event == "end" and _tag(element) in {"EntityType", "EnumType", "EntityContainer", "Annotations"}:
                element.set("Namespace", namespace)
                yield element
                element.clear()
    parser.close()


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


class _Reader:
    """Collects what the parts of the schemas say."""

    def __init__(self) -> None:
        self.sets: dict[str, EntitySet] = {}
        self.types: dict[str, EntityType] = {}
        self.enums: dict[str, Mapping[str, int]] = {}

    def take(self, element: Element) -> None:
        name = f"{element.get('Namespace')}.{element.get('Name')}"
        match _tag(element):
            case "EntityType":
                self.types[name] = _type(name, element)
            case "EnumType":
                self.enums[name] = _members(element)
            case "EntityContainer":
                self.sets.update({found.name: found for found in _sets(element)})
            case "Annotations":
                self._annotate(element)

    def _annotate(self, element: Element) -> None:
        """Take annotations that stand apart from what they describe: ``Target="Namespace.Container/Set"``."""
        target = element.get("Target", "").rpartition("/")[2]
        if target in self.sets and _tracked(element):
            self.sets[target] = replace(self.sets[target], tracked=True)


def _below(element: Element, *tags: str) -> Iterator[Element]:
    return (child for child in element if _tag(child) in tags)


def _type(name: str, element: Element) -> EntityType:
    key = tuple(ref.get("Name", "") for keys in _below(element, "Key") for ref in _below(keys, "PropertyRef"))
    properties = [_property(child) for child in _below(element, "Property")]
    return EntityType(
        name=name,
        key=key,
        properties={found.name: found for found in properties},
        navigations=tuple(_navigations(element)),
        alternate_keys=tuple(_alternate_keys(element)),
        base=element.get("BaseType", ""),
    )


def _property(element: Element) -> Property:
    return Property(
        name=element.get("Name", ""),
        type=element.get("Type", "Edm.String"),
        nullable=element.get("Nullable", "true") != "false",
        length=_number(element.get("MaxLength")),
        precision=_number(element.get("Precision")),
        scale=_number(element.get("Scale")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _navigations(element: Element) -> Iterator[Navigation]:
    for child in _below(element, "NavigationProperty"):
        target = child.get("Type", "")
        if not target.startswith("Collection("):
            pairs = ((c.get("Property", ""), c.get("ReferencedProperty", "")) for c in _below(child, *_CONSTRAINT))
            yield Navigation(child.get("Name", ""), target, dict(pairs))


_CONSTRAINT = ("ReferentialConstraint",)


def _alternate_keys(element: Element) -> Iterator[tuple[str, ...]]:
    for annotation in _below(element, "Annotation"):
        if annotation.get("Term") in _ALTERNATE_KEYS:
            for key in (found for found in annotation.iter() if found.get("Property") == "Key"):
                names = (name.get("PropertyPath", "") for name in key.iter() if name.get("Property") == "Name")
                yield tuple(name for name in names if name)


def _members(element: Element) -> Mapping[str, int]:
    """Read the members of an enumeration; one without a number has its place as number."""
    members = enumerate(_below(element, "Member"))
    return {found.get("Name", ""): _whole_number(found.get("Value"), place) for place, found in members}


def _whole_number(text: str | None, otherwise: int) -> int:
    try:
        return int(text) if text is not None else otherwise
    except ValueError:
        return otherwise


def _sets(element: Element) -> Iterator[EntitySet]:
    for child in _below(element, "EntitySet"):
        bindings = {b.get("Path", ""): b.get("Target", "") for b in _below(child, "NavigationPropertyBinding")}
        yield EntitySet(child.get("Name", ""), child.get("EntityType", ""), bindings, _tracked(child))


def _tracked(element: Element) -> bool:
    annotations: Iterable[Element] = _below(element, "Annotation")
    return any(
        value.get("Property") == "Supported" and value.get("Bool") == "true"
        for annotation in annotations
        if annotation.get("Term") == _TRACKING
        for value in annotation.iter()
    )
