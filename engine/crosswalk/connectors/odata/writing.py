"""Writes a delivery to a table of a service: the way in for `Outside.write`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from crosswalk.connectors.odata.carrying import Carrier
from crosswalk.connectors.odata.charting import table_of
from crosswalk.connectors.odata.dialects import Dialect
from crosswalk.connectors.odata.flights import Flights
from crosswalk.connectors.odata.leading import Leading
from crosswalk.connectors.odata.metadata import Metadata
from crosswalk.connectors.odata.operations import Desk
from crosswalk.connectors.odata.sending import send_batch
from crosswalk.connectors.odata.session import Session
from crosswalk.exchange import Delivery


def write(session: Session, dialect: Dialect, metadata: Metadata, delivery: Delivery) -> None:
    """Send the changes and tell the delivery what was said of each; return when all are answered.

    Raises `SystemFailure` when the service cannot be reached, throttles for longer than allowed, or leaves writes
    unanswered; what it did answer is on record by then. `UsageError` when it refuses the login or has no such table.
    """
    settings = session.settings
    table = table_of(delivery.entity, settings, metadata)
    carrier = Carrier(session, list(dialect.batches))
    leading = Leading(table, carrier)
    upserts = settings.write == "upsert"
    looks = upserts and not dialect.upserts
    desk = Desk(session, dialect, table, delivery.entity, upserts and dialect.upserts, leading.find, looks)
    with ThreadPoolExecutor(settings.limits.concurrency, thread_name_prefix="odata-write") as pool:
        Flights(
            delivery, session, pool, lambda work: send_batch(work, desk, carrier, leading), dialect.batch_most
        ).run()
