"""Rows that cannot be meant, and tables that changed: every case file is a small shop, played step by step.

A file under ``rows`` has a map (``map``, or ``maps`` by file) and steps. A step may change the map or an ``entity``,
``put`` rows, and run ``sql``; then the engine runs, and the step says what must be: ``fates`` of each leg, or ``stop``;
``open`` rows as key, fate and code; ``target`` rows by table and columns; ``findings``; what is ``said``. A scene that the engine does not play as it
should says under ``weak`` what is wrong: it must fail until that is mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypedDict

import yaml

from crosswalk import api
from crosswalk.codes import CODES
from crosswalk.errors import CrosswalkError, MapError, StoppedError
from tests.engine.shop import Shop

FOLDER = Path(__file__).parent / "rows"


class Step(TypedDict, total=False):
    """One step of a scene, as its file has it."""

    map: str
    entity: Mapping[str, Sequence[str]]
    put: Mapping[str, Sequence[Mapping[str, object]]]
    sql: Sequence[str]
    allow: Sequence[str]
    full: bool
    fates: Mapping[str, object]
    stop: str
    refused: str
    open: Sequence[Sequence[str]]
    target: Mapping[str, Mapping[str, Sequence[Sequence[object]]]]
    findings: Mapping[str, int]
    said: str
    exit: int


class Scene(TypedDict, total=False):
    """A case file."""

    says: str
    note: str
    weak: str
    map: str
    maps: Mapping[str, str]
    entities: Mapping[str, str]
    steps: Sequence[Step]


@cache
def scenes() -> Mapping[str, Scene]:
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yaml"))}


def play(shop: Shop, scene: Scene) -> None:
    """Play a scene; every step is held against what it says."""
    for ref, text in scene.get("entities", {}).items():
        shop.entity(ref, text)
    for file, lines in scene.get("maps", {"orders": scene.get("map", "")}).items():
        shop.map(lines, file)
    for number, step in enumerate(scene["steps"]):
        _prepare(shop, step)
        told = _run(shop, step)
        assert told == _wanted(step), f"step {number} gave {told}"


def _prepare(shop: Shop, step: Step) -> None:
    if "map" in step:
        shop.map(step["map"])
    for ref, (old, new) in step.get("entity", {}).items():
        shop.edit(ref, old, new)
    for ref, rows in step.get("put", {}).items():
        shop.put(ref, *rows)
    shop.sql(*step.get("sql", ()))


def _wanted(step: Step) -> dict[str, object]:
    names = ("fates", "stop", "refused", "open", "target", "findings", "said", "exit")
    return {name: step[name] for name in names if name in step}  # type: ignore[literal-required]


def _run(shop: Shop, step: Step) -> dict[str, object]:
    """Run, and give what the step asks about."""
    before, told = shop.everything() if "stop" in step or "refused" in step else None, dict[str, object]()
    message = ""
    try:
        result = shop.last = api.run(shop.loaded, allow=step.get("allow", ()), full=step.get("full", False))
        told["exit"], message = result.exit_code, result.message
        if result.exit_code == StoppedError.exit_code:
            told["stop"] = message.partition(":")[0]
    except CrosswalkError as error:
        told["refused" if isinstance(error, MapError) else "stop"] = error.code
        told["exit"], message = error.exit_code, str(error)
    if before is not None:
        assert shop.everything() == before, "something was written"
    if "said" in step:
        told["said"] = step["said"] if step["said"] in message else message
    if "fates" in step:
        told["fates"] = _fates(shop)
    if "open" in step:
        told["open"] = [list(one) for one in shop.rejects()]
        assert {one[2] for one in shop.rejects()} <= set(CODES) | _own_codes(shop)
    if "target" in step:
        told["target"] = {ref: {names: _rows(shop, ref, names) for names in of} for ref, of in step["target"].items()}
    if "findings" in step:
        legs = shop.last.legs if shop.last else ()
        told["findings"] = {found.code: found.count for leg in legs for found in leg.findings}
    return {name: value for name, value in told.items() if name in _wanted(step)}


def _fates(shop: Shop) -> dict[str, object]:
    assert shop.last is not None
    return {leg.name: {fate: count for fate, count in leg.fates.items() if count} for leg in shop.last.legs}


def _rows(shop: Shop, ref: str, names: str) -> list[list[object]]:
    return [[cell if isinstance(cell, int | None) else str(cell) for cell in row] for row in shop.rows(ref, names)]


def _own_codes(shop: Shop) -> set[str]:
    """Give the codes that the maps themselves name."""
    maps = shop.loaded.project.maps.values()
    required = {one.code for table_map in maps for one in table_map.requires}
    return required | {one.code for table_map in maps for one in table_map.lookups}
