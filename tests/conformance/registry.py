"""Who signed up for the suite. Every kind of outside system stands here, fakes included."""

from __future__ import annotations

from functools import partial

from tests.conformance.bench import Entry
from tests.conformance.benches.drill import drill
from tests.conformance.benches.duckdb_file import duckdb_file, less

_LOCAL = "a local file: there is no network between that could fail"
NO_NETWORK = dict.fromkeys(
    ("unknown outcome", "unknown outcome of updates", "throttling", "expired login", "server errors"), _LOCAL
)

SIGNED_UP: tuple[Entry, ...] = (
    Entry("drill, stamps by the system", partial(drill, stamps="server")),
    Entry("drill, stamps by the engine", partial(drill, stamps="engine")),
    Entry("duckdb", duckdb_file, cannot=NO_NETWORK, describes=less),
)
