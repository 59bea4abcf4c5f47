"""Finds the legs, and the rows of outside tables, of which the story of a key is made."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.compiler import CompiledLeg
from crosswalk.connecting import outside_of
from crosswalk.landing.misfits import reading_leg
from crosswalk.loading import Loaded, select
from crosswalk.opening import reading_from
from crosswalk.runner.story import Story, keys_of_target, stories_of, unread


def told(loaded: Loaded, wanted: str, key: str, *, target: bool) -> tuple[Story, ...]:
    """Tell the stories of a key in each leg of a map, after what could not be read of the row.

    `target` says that the key is one of the target: then the rows that it came from are told. Where `wanted` is
    ``read <table>`` the row is one of a table, and is told for every leg that takes its rows from there.
    """
    tables = {reading_leg(str(leg.bound.leg.source.ref)): leg.bound.leg.source.ref for leg in loaded.legs}
    if wanted in tables:
        legs = tuple(leg for leg in loaded.legs if leg.bound.leg.source.ref == tables[wanted])
    else:
        legs = select(loaded, (wanted,))
    with reading_from(loaded) as backend:
        keys = [(leg, one) for leg in legs for one in (keys_of_target(leg.name, key, backend) if target else (key,))]
        return (*_unread(loaded, keys, backend), *(one for leg, k in keys for one in stories_of(leg, k, backend)))


def _unread(loaded: Loaded, keys: list[tuple[CompiledLeg, str]], backend: DuckDBBackend) -> Iterator[Story]:
    """Tell of rows of outside tables that could not be read, each once."""
    outside = outside_of(loaded)
    sources = dict.fromkeys((leg.bound.leg.source.ref, key) for leg, key in keys)
    for ref, key in sources:
        if ref.system in outside and (story := unread(reading_leg(str(ref)), key, backend)) is not None:
            yield story
