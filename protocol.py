"""The protocol described by itself: AsyncAPI from the very schemas that check the messages.

`flask protocol asyncapi` prints it; `docs/asyncapi.json` is its last output.
Source: AsyncAPI specification 3.0.
"""

import json
from typing import Any

import click
from flask.cli import AppGroup
from pydantic import TypeAdapter

from errors import all_codes
from sockets import ACTIONS, Action
from wire_types import PUSHES, ErrorReply

_REF = "#/components/schemas/{model}"

cli = AppGroup("protocol", help="The protocol of the socket.")


@cli.command("asyncapi")
def asyncapi() -> None:
    """Print the AsyncAPI description of the socket."""
    click.echo(json.dumps(description(), indent=2, ensure_ascii=False))


def description() -> dict[str, Any]:
    """The whole AsyncAPI 3.0 document."""
    schemas: dict[str, Any] = {}
    messages = _messages(schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cog Checkout",
            "version": "1.0.0",
            "description": "Wallet and purchases over Socket.IO, default namespace. Every request "
            'is acked, with {"status": "success", ...} or {"status": "error", "error": {...}}. '
            "Each action may also be sent as the event `message` with the frame "
            '{"action": "...", ...}, its fields beside `action` or inside `message`.',
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/",
                "messages": {
                    name: {"$ref": f"#/components/messages/{name}"} for name in sorted(messages)
                },
            }
        },
        "operations": {**_actions(), **_pushes()},
        "components": {"messages": messages, "schemas": schemas},
    }


def _messages(schemas: dict[str, Any]) -> dict[str, Any]:
    messages = {"error": _message(ErrorReply, schemas)}
    messages["error"]["payload"]["x-codes"] = {
        code: {"retryable": error.retryable, "message": str(error.message)}
        for code, error in sorted(all_codes().items())
    }
    for action in ACTIONS.values():
        messages[action.name] = _message(action.schema, schemas)
        messages[f"{action.name}.reply"] = _success(_message(action.reply, schemas))
    for name, shape in PUSHES.items():
        messages[name] = _message(shape, schemas)
    return dict(sorted(messages.items()))


def _success(message: dict[str, Any]) -> dict[str, Any]:
    """A reply as it arrives: in the envelope that `sockets.py` puts around it."""
    payload = message["payload"]
    payload["properties"] = {"status": {"const": "success"}, **payload["properties"]}
    payload["required"] = ["status", *payload.get("required", [])]
    return message


def _message(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(shape).json_schema(ref_template=_REF, by_alias=True)
    schemas.update(schema.pop("$defs", {}))
    return {"payload": schema}


def _actions() -> dict[str, Any]:
    return {action.name: _action(action) for action in sorted(ACTIONS.values(), key=_name)}


def _action(action: Action) -> dict[str, Any]:
    return {
        "action": "receive",
        "channel": {"$ref": "#/channels/socket"},
        "messages": [_of_channel(action.name)],
        "reply": {
            "channel": {"$ref": "#/channels/socket"},
            "messages": [_of_channel(f"{action.name}.reply"), _of_channel("error")],
        },
    }


def _pushes() -> dict[str, Any]:
    return {
        name: {
            "action": "send",
            "channel": {"$ref": "#/channels/socket"},
            "messages": [_of_channel(name)],
        }
        for name in PUSHES
    }


def _of_channel(message: str) -> dict[str, str]:
    return {"$ref": f"#/channels/socket/messages/{message}"}


def _name(action: Action) -> str:
    return action.name
