"""The matrix of the suite: connector by behaviour, with the reason for everything that was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SIGNS: Mapping[str, str] = {"passed": "yes", "failed": "FAILED", "skipped": "no"}


@dataclass(slots=True)
class Matrix:
    """What became of each behaviour at each connector; the worst of its tests counts."""

    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def note(self, connector: str, behaviour: str, outcome: str, reason: str = "") -> None:
        order = ("skipped", "passed", "failed")
        place = (connector, behaviour)
        known = self.cells.get(place)
        if known is None or order.index(outcome) > order.index(known):
            self.cells[place] = outcome
        if reason:
            self.reasons.setdefault(place, reason)

    def markdown(self) -> Iterator[str]:
        """Write the table, then the reasons in the order of the behaviours."""
        connectors = list(dict.fromkeys(connector for connector, _ in self.cells))
        behaviours = list(dict.fromkeys(behaviour for _, behaviour in self.cells))
        yield "| behaviour | " + " | ".join(connectors) + " |"
        yield "|---|" + "---|" * len(connectors)
        for behaviour in behaviours:
            cells = (SIGNS.get(self.cells.get((c, behaviour), ""), "not run") for c in connectors)
            yield f"| {behaviour} | " + " | ".join(cells) + " |"
        counts = {c: sum(found == "passed" for (name, _), found in self.cells.items() if name == c) for c in connectors}
        yield "| **passed** | " + " | ".join(f"{counts[c]} of {len(behaviours)}" for c in connectors) + " |"
        if self.reasons:
            yield ""
        for (connector, behaviour), reason in sorted(self.reasons.items()):
            yield f"* {connector}, {behaviour}: {reason}"
        for connector, note in sorted(self.notes.items()):
            yield f"* {connector}: {note}"
