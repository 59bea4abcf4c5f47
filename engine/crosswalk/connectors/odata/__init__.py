"""Systems that speak OData version 4: read page by page, written in batches."""

from __future__ import annotations

from crosswalk.connectors.odata.rights import rights
from crosswalk.connectors.odata.settings import SCHEMA
from crosswalk.contracts import ConnectorSpec, opened_by

SPEC = ConnectorSpec(
    kind="odata",
    summary="A service that speaks OData version 4, such as Dataverse or Finance and Operations.",
    settings=SCHEMA,
    open=opened_by("crosswalk.connectors.odata.system", "odata"),
    rights=rights,
)
