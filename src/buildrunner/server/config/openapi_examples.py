"""An example for every body: where a schema brings none, one is made of its types."""

from __future__ import annotations

from typing import Any

_FORMATS = {
    "uuid": "019b8e5c-0a41-7c3e-9d55-3c2b8f5a6b09",
    "date-time": "2026-01-05T09:30:00Z",
    "date": "2026-01-05",
    "time": "09:30:00Z",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "binary": "",
}
_NAMES = {
    "email": "ada@example.com",
    "name": "Ada",
    "title": "Engine",
    "url": "https://build.example.com/",
    "cursor": "WyIwMTliOGU1YyJd",
    "next_cursor": "WyIwMTliOGU1YyJd",
    "document_hash": "sha256:" + "9f86d081" * 8,
    "key": "br_Zk3vQx9a…",
    "secret": "whsec_Zk3vQx9a…",
    "device_code": "Zk3vQx9aT7",
    "user_code": "BBBB-BBBB",
    "role": "owner",
    "prefix": "br_Zk3vQx9a",
    "microstep_id": "p1.s1.ms3",
}


def add_examples(document: dict[str, Any]) -> None:
    """Give every object among the components an example."""
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if schema.get("type") == "object" and "examples" not in schema:
            schema["examples"] = [example_of(schema, schemas)]


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "") -> Any:
    """A value that fits a schema; its own example if it has one."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, name)
    for given in ("examples", "enum"):
        if schema.get(given):
            return schema[given][0]
    for given in ("example", "const", "default"):
        if schema.get(given) is not None:
            return schema[given]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            options = [one for one in schema[choice] if one.get("type") != "null"]
            return example_of(options[0], schemas, name) if options else None
    return _of_type(schema, schemas, name)


def _of_type(schema: dict[str, Any], schemas: dict[str, Any], name: str) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        return {key: example_of(value, schemas, key) for key, value in properties.items()}
    if kind == "array":
        items = schema.get("items")
        return [example_of(items, schemas, name.removesuffix("s"))] if items else []
    if kind == "string":
        text = _FORMATS.get(schema.get("format", "")) or _NAMES.get(name, "text")
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 1000)]
    if kind in {"integer", "number"}:
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return min(max(1, least), schema.get("maximum", 10**9))
    return False if kind == "boolean" else None
