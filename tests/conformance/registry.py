"""Who signed up for the suite. Every kind of outside system stands here, fakes included."""

from __future__ import annotations

from functools import partial

from tests.conformance.bench import Entry
from tests.conformance.benches.drill import drill
from tests.conformance.benches.duckdb_file import duckdb_file, less
from tests.conformance.benches.lake import described, lake

_LOCAL = "a local file: there is no network between that could fail"
NO_NETWORK = dict.fromkeys(
    ("unknown outcome", "unknown outcome of updates", "throttling", "expired login", "server errors"), _LOCAL
)

NO_RULE = dict.fromkeys(
    ("partial failure", "groups"), "a Delta table has no lengths: nothing that the entity allows is refused there"
)

BY_FILE = {"incremental, changes only": "without a change feed all rows of a file that was rewritten come again"}

SIGNED_UP: tuple[Entry, ...] = (
    Entry("drill, stamps by the system", partial(drill, stamps="server")),
    Entry("drill, stamps by the engine", partial(drill, stamps="engine")),
    Entry("duckdb", duckdb_file, cannot=NO_NETWORK, describes=less),
    *(
        Entry(
            f"delta, {way}",
            partial(lake, write=way, feed=feed),
            {**NO_NETWORK, **NO_RULE, **rest},
            describes=described,
            keys_described=False,
        )
        for way, feed, rest in (("merge", True, {}), ("replace", False, BY_FILE))
    ),
)
