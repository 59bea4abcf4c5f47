"""Builds what the project file says: name, database, connections by profile, number sequences, defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass

from crosswalk.config.access import mapping, pairs, scalar, word
from crosswalk.config.connections import check_connection
from crosswalk.config.limits import build_limits
from crosswalk.config.names import check_name
from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.config.publish import build_publish
from crosswalk.config.secrets import SECRET_IN_URL, SECRET_WORDS
from crosswalk.errors import Problems, nearest
from crosswalk.model import Connection, Limits, NumberSequence, Publish

DEFAULT_DATABASE = "build/crosswalk.duckdb"
DEFAULT_OVERLAP = "5m"
LANGUAGES = ("1",)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SECRET_NAME = re.compile(SECRET_WORDS, re.IGNORECASE)
_REFERENCE = re.compile(r"\$\{(env|file|keyring):[^${}]+\}")


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """The project file, before the other files join it."""

    name: str
    database: str
    databases: dict[str, str]
    default_profile: str
    profiles: dict[str, dict[str, Connection]]
    sequences: dict[str, NumberSequence]
    limits: Limits
    overlap_seconds: int
    publish: dict[str, Publish]
    history_seconds: int | None


def build_project_file(root: Mapping, problems: Problems) -> ProjectFile:
    """Build the project file and check its names and references."""
    profiles = dict(_profiles(root, problems))
    named = root.get("default_profile")
    if isinstance(named, Scalar) and named.text not in profiles and isinstance(root.get("connections"), Mapping):
        hint = nearest(named.text, profiles) or f"profiles: {', '.join(profiles)}"
        problems.add("UNKNOWN_PROFILE", f"there is no profile '{named.text}' in 'connections'", named.span, hint)
    _check_language(root, problems)
    database = root.get("database")
    return ProjectFile(
        name=word(root, "project"),
        database=database.text if isinstance(database, Scalar) else DEFAULT_DATABASE,
        databases=_databases(root, profiles, problems),
        default_profile=word(root, "default_profile", next(iter(profiles), "")),
        profiles=profiles,
        sequences=dict(_sequences(root, problems)),
        limits=build_limits(root),
        overlap_seconds=_seconds(word(root, "overlap", DEFAULT_OVERLAP)),
        publish=build_publish(root, profiles, problems),
        history_seconds=_seconds(word(root, "history")) if root.get("history") is not None else None,
    )


def _check_language(root: Mapping, problems: Problems) -> None:
    asked = root.get("language")
    if isinstance(asked, Scalar) and asked.text not in LANGUAGES:
        message = f"the files are written in version {asked.text} of the language; this release reads {LANGUAGES[-1]}"
        problems.add("PROJECT_NEWER", message, asked.span, "install a newer release of Crosswalk")


def _databases(root: Mapping, profiles: Map[str, object], problems: Problems) -> dict[str, str]:
    """Read the file of each profile. Where files are told apart at all, no profile is left to the usual one."""
    found = {profile: scalar(path) for profile, path in pairs(root, "database")}
    key, named = root.key("database"), {profile.text for profile in found}
    if not isinstance(root.get("connections"), Mapping) or key is None or not found:
        return {}
    for profile in found:
        if profile.text not in profiles:
            hint = nearest(profile.text, profiles) or f"profiles: {', '.join(profiles)}"
            problems.add(
                "UNKNOWN_PROFILE", f"there is no profile '{profile.text}' in 'connections'", profile.span, hint
            )
    for missing in (profile for profile in profiles if profile not in named):
        hint = f"add a line '{missing}: ...'"
        problems.add("MISSING_PROPERTY", f"'database' has no file for the profile '{missing}'", key.span, hint)
    return {profile.text: path.text for profile, path in found.items()}


def _profiles(root: Mapping, problems: Problems) -> Iterator[tuple[str, dict[str, Connection]]]:
    for profile, systems in pairs(root, "connections"):
        check_name(profile, "profile", problems)
        found: dict[str, Connection] = {}
        for system, settings in mapping(systems).entries:
            check_name(system, "system", problems)
            check_connection(mapping(settings), ("connections", profile.text, system.text), problems)
            found[system.text] = _connection(system, mapping(settings), problems)
        yield profile.text, found


def _connection(system: Scalar, node: Mapping, problems: Problems) -> Connection:
    settings = {key.text: _setting(key, value, problems) for key, value in node.entries if key.text != "kind"}
    return Connection(system.text, word(node, "kind"), settings, system.span)


def _setting(key: Scalar, node: Node, problems: Problems) -> object:
    match node:
        case Scalar():
            _check_secret(key, node, problems)
            return None if node.is_null else node.text
        case Sequence(items):
            return [_setting(key, item, problems) for item in items]
        case Mapping(entries):
            return {below.text: _setting(below, value, problems) for below, value in entries}


def _check_secret(key: Scalar, node: Scalar, problems: Problems) -> None:
    rest = _REFERENCE.sub("", node.text)
    if "${" in rest:
        hint = "write ${env:NAME}, ${file:path} or ${keyring:name}"
        problems.add("BAD_REFERENCE", f"'{node.text}' is not a reference that is known", node.span, hint)
    elif re.search(SECRET_IN_URL, rest) or (_SECRET_NAME.search(key.text) and rest == node.text and not _empty(node)):
        problems.add(
            "SECRET_IN_FILE", f"'{key.text}' is written out in the file", node.span, "write ${env:NAME} instead"
        )


def _empty(node: Scalar) -> bool:
    return node.is_null or not node.text


def _sequences(root: Mapping, problems: Problems) -> Iterator[tuple[str, NumberSequence]]:
    for name, node in pairs(root, "sequences"):
        check_name(name, "sequence", problems)
        yield name.text, NumberSequence(name.text, scalar(mapping(node).get("format")).text, name.span)


def _seconds(text: str) -> int:
    unit = _SECONDS.get(text[-1:], 0)
    return int(text[:-1]) * unit if unit else int(text)
