"""Finds the table behind a lookup that may lead to several: a change carries the key alone, and the service wants to
know which table it is a key of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from crosswalk.connectors.odata.addressing import escaped
from crosswalk.connectors.odata.calls import Call
from crosswalk.connectors.odata.carrying import Carrier
from crosswalk.connectors.odata.encoding import Unfit, encode
from crosswalk.connectors.odata.table import Leads, Table
from crosswalk.errors import SystemFailure
from crosswalk.exchange import Change, Plain


@dataclass(slots=True)
class Leading:
    """Remembers where each key leads. `prepare` asks the service for the keys of some changes; ``find`` only looks."""

    table: Table
    carrier: Carrier
    found: dict[tuple[str, str], Leads] = field(default_factory=dict)

    def find(self, column: str, value: Plain) -> Leads:
        """Give the table that holds a row with this key; `Unfit` when none does."""
        ways = self.table.lookups[column]
        if len(ways) == 1:
            return ways[0]
        way = self.found.get((column, str(value)))
        if way is None:
            raise Unfit(f"no table that '{column}' may lead to holds its row")
        return way

    def prepare(self, batch: Sequence[Change]) -> None:
        """Ask for the keys that are not known yet, one table after the other."""
        for column, ways in self.table.lookups.items():
            if len(ways) > 1:
                values = {str(c.values[column]): c.values[column] for c in batch if c.values.get(column) is not None}
                for way in ways:
                    self._ask(column, way, [v for text, v in values.items() if (column, text) not in self.found])

    def _ask(self, column: str, way: Leads, values: Sequence[Plain]) -> None:
        calls = [self._question(str(place), way, value) for place, value in enumerate(values)]
        if not calls:
            return
        replies = self.carrier.carry(calls, repeatable=True).replies
        for place, value in enumerate(values):
            reply = replies.get(str(place))
            if reply is None or not (reply.good or reply.status in {400, 404}):
                message = f"{self.carrier.session.settings.system}: the row that '{column}' leads to could not be read"
                raise SystemFailure(message, code="SYSTEM_ANSWER", remedy="run the same command again")
            if reply.good:
                self.found[column, str(value)] = way

    def _question(self, name: str, way: Leads, value: Plain) -> Call:
        key = escaped(str(encode(value, way.edm)))
        return Call(name, "GET", f"{way.entity_set}({key})?$select={way.key}")
