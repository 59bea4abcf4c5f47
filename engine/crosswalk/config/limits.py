"""Builds limits: where a run warns or stops. The limits of a map go before those of the project."""

from __future__ import annotations

from typing import Literal

from crosswalk.config.access import mapping, scalar, word
from crosswalk.config.nodes import Mapping
from crosswalk.model import Limits


def build_limits(root: Mapping, house: Limits | None = None) -> Limits:
    """Build the property `limits`; what it does not say is taken from `house`."""
    house = house or Limits()
    node = root.get("limits")
    if node is None:
        return house
    own = mapping(node)
    rejects = own.get("rejects")
    of_rejects = mapping(rejects) if rejects is not None else Mapping((), own.span)
    return Limits(
        rejects_warn=_share(of_rejects, "warn", house.rejects_warn),
        rejects_stop=_share(of_rejects, "stop", house.rejects_stop),
        volume=_share(own, "volume", house.volume),
        empty_source=_emptied(word(own, "empty_source", house.empty_source or "")),
    )


def _emptied(said: str) -> Literal["stop", "allow"] | None:
    match said:
        case "stop" | "allow":
            return said
        case _:
            return None


def _share(of: Mapping, name: str, house: float | None) -> float | None:
    node = of.get(name)
    return house if node is None else float(scalar(node).text)
