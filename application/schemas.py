"""The catalogue of facts for those outside: JSON Schema for what is stored, AsyncAPI for what is published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from application.catalogue import Word, words
from application.publishing import CORRELATION, ID, SCHEMA, TYPE, Published, schema_version

ABOUT = f"""Every fact of the ledger, in its order, on NATS JetStream.
A fact may come more than once, always with the same {ID}; within a log, positions have no gaps.
Subscribe to `annals.<tenant>.>`, or to any other part of `annals.{{tenant}}.{{context}}.{{Fact}}`."""
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def facts() -> dict[str, Any]:
    """Each fact by its stable name, and the envelope it is published in. Each schema stands alone."""
    return {
        "title": "The facts of Annals",
        "description": "Every word the ledger is written in. `data` of a fact is as its schema says, for ever.",
        "envelope": _standing_alone(Published),
        "facts": {name: _described(word) for name, word in sorted(words().items())},
    }


def _described(word: Word) -> dict[str, Any]:
    return {
        "context": word.context,
        "version": schema_version(word.name),
        "retired": word.retired,
        "person": word.type.__person__,
        "personal": list(word.personal),
        "schema": _standing_alone(word.type),
    }


def _standing_alone(type_: Any) -> dict[str, Any]:
    return {"$schema": JSON_SCHEMA, **msgspec.json.schema(type_)}


def channels() -> dict[str, Any]:
    """AsyncAPI 3: one channel a fact, as the relay publishes them to JetStream."""
    told = [word for _, word in sorted(words().items()) if not word.retired]
    (_, *data), schemas = msgspec.json.schema_components(
        [Published, *(word.type for word in told)], ref_template="#/components/schemas/{name}"
    )
    names = [word.name for word in told]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The facts of Annals",
            "version": "1",
            "description": ABOUT,
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name) for name in names},
        "operations": {f"publish.{name}": _operation(name) for name in names},
        "components": {
            "schemas": schemas,
            "messages": {word.name: _message(word, schema) for word, schema in zip(told, data, strict=True)},
        },
    }


def _channel(name: str) -> dict[str, Any]:
    return {
        "address": f"annals.{{tenant}}.{name}",
        "parameters": {"tenant": {"description": "The tenant whose fact it is: a UUID."}},
        "messages": {"fact": {"$ref": f"#/components/messages/{name}"}},
    }


def _operation(name: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/fact"}],
    }


def _message(word: Word, data: Mapping[str, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    kind: Mapping[str, Any] = {"const": word.name}
    return {
        "name": word.name,
        "title": word.type.__name__,
        "headers": {
            "type": "object",
            "required": [ID, TYPE, SCHEMA, CORRELATION],
            "properties": {ID: text, TYPE: kind, SCHEMA: text, CORRELATION: text},
        },
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Published"},
                {"properties": {"type": kind, "data": data}},
            ]
        },
    }
