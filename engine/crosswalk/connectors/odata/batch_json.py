"""Builds and reads batches in the JSON format.

Source: OData JSON Format 4.01, section 19 (batch requests and responses).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from crosswalk.connectors.odata.calls import Call, Reply, Unreadable
from crosswalk.connectors.odata.encoding import JSON_TYPE, Json

ACCEPT = "application/json;IEEE754Compatible=true"


def build(calls: Sequence[Call]) -> tuple[str, bytes]:
    """Give content type and body of one batch; calls of one group must stand side by side."""
    return JSON_TYPE, json.dumps({"requests": [_request(call) for call in calls]}, allow_nan=False).encode()


def _request(call: Call) -> dict[str, Json]:
    request: dict[str, Json] = {"id": call.id, "method": call.verb, "url": call.url}
    headers = {name.lower(): value for name, value in call.headers.items()}
    if call.body is not None:
        headers.setdefault("content-type", JSON_TYPE)
        request["body"] = dict(call.body)
    if headers:
        request["headers"] = dict[str, Json](headers)
    if call.group is not None:
        request["atomicityGroup"] = call.group
    return request


def parse(calls: Sequence[Call], content_type: str, content: bytes) -> dict[str, Reply]:
    """Give the answers by the id of the call; calls that were not answered are left out; `Unreadable` otherwise.

    An answer may name a group in place of a call: it counts for every member.
    """
    try:
        told = json.loads(content, parse_float=Decimal)
    except ValueError:
        raise Unreadable("the answer to a batch is not JSON") from None
    responses = told.get("responses") if isinstance(told, dict) else None
    if not isinstance(responses, list):
        raise Unreadable("the answer to a batch lists no responses")
    members = _members(calls)
    replies: dict[str, Reply] = {}
    for response in responses:
        name, reply = _reply(response)
        named = members.get(name, ())
        replies |= dict.fromkeys(named, replace(reply, shared=len(named) > 1))
    return replies


def _members(calls: Sequence[Call]) -> Mapping[str, list[str]]:
    members: dict[str, list[str]] = {}
    for call in calls:
        if call.group is not None:
            members.setdefault(call.group, []).append(call.id)
    return members | {call.id: [call.id] for call in calls}


def _reply(response: object) -> tuple[str, Reply]:
    if not isinstance(response, dict) or not isinstance(response.get("status"), int):
        raise Unreadable("a response of a batch has no status")
    headers = response.get("headers")
    named = {str(name).lower(): str(value) for name, value in (headers if isinstance(headers, dict) else {}).items()}
    return str(response.get("id")), Reply(response["status"], named, _body(response.get("body")))


def _body(body: Json) -> Json:
    if not isinstance(body, str):
        return body
    try:
        read: Json = json.loads(body, parse_float=Decimal)
    except ValueError:
        return body
    return read
