"""Who signed up for the suite. Every kind of outside system stands here, fakes included."""

from __future__ import annotations

from functools import partial

from tests.conformance.bench import Entry
from tests.conformance.benches.drill import drill
from tests.conformance.benches.postgres import postgres

SIGNED_UP: tuple[Entry, ...] = (
    Entry("drill, stamps by the system", partial(drill, stamps="server")),
    Entry("drill, stamps by the engine", partial(drill, stamps="engine")),
    Entry("postgres", postgres),
)
