"""Finds the legs, and the rows of outside tables, of which the story of a key is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.compiler import CompiledLeg
from crosswalk.connecting import outside_of
from crosswalk.landing.misfits import reading_leg
from crosswalk.loading import Loaded, select
from crosswalk.runner.story import Story, keys_of_target, stories_of, unread


def told(loaded: Loaded, legs: Sequence[CompiledLeg], keys: Keys, backend: DuckDBBackend) -> tuple[Story, ...]:
    """Tell the stories of a key in each leg, after what could not be read of the row."""
    chosen = [(leg, key) for leg in legs for key in _source_keys(leg, keys, backend)]
    return (*_unread(loaded, chosen, backend), *(one for leg, key in chosen for one in stories_of(leg, key, backend)))


@dataclass(frozen=True, slots=True)
class Keys:
    """The key that is asked for; `target` says that it is one of the target, which names the rows it came from."""

    key: str
    target: bool = False


def legs_of(loaded: Loaded, wanted: str) -> Sequence[CompiledLeg]:
    """Choose the legs of a map; or of ``read <table>`` those that take their rows from there."""
    reading = [leg for leg in loaded.legs if reading_leg(str(leg.bound.leg.source.ref)) == wanted]
    return reading or select(loaded, (wanted,))


def _source_keys(leg: CompiledLeg, keys: Keys, backend: DuckDBBackend) -> tuple[str, ...]:
    return keys_of_target(leg.name, keys.key, backend) if keys.target else (keys.key,)


def _unread(loaded: Loaded, keys: list[tuple[CompiledLeg, str]], backend: DuckDBBackend) -> Iterator[Story]:
    """Tell of rows of outside tables that could not be read, each once."""
    outside = outside_of(loaded)
    sources = dict.fromkeys((leg.bound.leg.source.ref, key) for leg, key in keys)
    for ref, key in sources:
        if ref.system in outside and (story := unread(reading_leg(str(ref)), key, backend)) is not None:
            yield story
