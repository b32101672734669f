"""The API as OpenAPI 3.1, told from the table of routes, for programs that test and for tools that know no FHIR."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from careweave.web.fhir_api.addresses import ROOT, Shape
from careweave.web.fhir_api.handling import Route
from careweave.web.fhir_api.types import SERVED

_JSON = "application/fhir+json"
_FORM = "application/x-www-form-urlencoded"
_PATHS = {
    Shape.BASE: "/",
    Shape.METADATA: "/metadata",
    Shape.SYSTEM_OPERATION: "/{operation}",
    Shape.TYPE: "/{type}",
    Shape.TYPE_SEARCH: "/{type}/_search",
    Shape.TYPE_HISTORY: "/{type}/_history",
    Shape.TYPE_OPERATION: "/{type}/{operation}",
    Shape.INSTANCE: "/{type}/{id}",
    Shape.INSTANCE_HISTORY: "/{type}/{id}/_history",
    Shape.INSTANCE_OPERATION: "/{type}/{id}/{operation}",
    Shape.VERSION: "/{type}/{id}/_history/{version}",
}
_ID = {"type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$"}
_REFUSED = {
    400: "what was sent is not understood",
    401: "nobody is signed in, or the token is not valid",
    403: "the token or the role does not do this to anyone",
    404: "not there, or not for this caller: the two are not told apart",
    405: "not done here",
    406: "no JSON is accepted",
    409: "it has changed since, or the name is taken",
    410: "it was taken back",
    412: "the condition or the version does not hold",
    413: "too large",
    414: "the query is too long",
    415: "another content type",
    422: "the resource is not acceptable; each fault with its path",
    503: "the database does not answer now",
}
_DONE = {
    "create": (200, 201),
    "update": (200, 201),
    "patch": (200,),
    "delete": (200, 204),
    "read": (200, 304),
    "vread": (200, 304),
}
# A response that names a new resource leads on to what can be done with it.
_LEADS_ON = ("read", "update", "patch", "delete")


def description(routes: Sequence[Route], *, title: str) -> dict[str, Any]:
    """The document; the same routes always give the same one."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _path(route)
        held = paths.setdefault(path, {"parameters": _parameters(path, route)})
        held[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "4.0.1"},
        "servers": [{"url": ROOT}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": _SCHEMAS,
        },
    }


def _path(route: Route) -> str:
    path = _PATHS[route.shape].replace("{operation}", route.operation)
    # An operation of one type has that type's path, so that each path has one set of parameters.
    only = sorted(route.types or ())
    return path.replace("{type}", only[0]) if len(only) == 1 else path


def _parameters(path: str, route: Route) -> list[dict[str, Any]]:
    of_some = {"type": "string", "enum": sorted(route.types or ())}
    schemas = {
        "type": of_some if route.types else {"$ref": "#/components/schemas/Type"},
        "id": _ID,
        "version": {"type": "integer", "minimum": 1},
    }
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name, schema in schemas.items()
        if f"{{{name}}}" in path
    ]


def _operation(route: Route) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": _name(route),
        "responses": {
            **{str(code): _answer(route, code) for code in _DONE.get(route.interaction, (200,))},
            **{str(code): _refusal(words) for code, words in _REFUSED.items()},
        },
    }
    if route.method in ("POST", "PUT", "PATCH"):
        made["requestBody"] = {"required": True, "content": _content(route)}
    if route.method in ("PUT", "PATCH", "DELETE") and route.shape is Shape.INSTANCE:
        made["parameters"] = [_header("If-Match")]
    if route.interaction == "create":
        made["parameters"] = [_header("If-None-Exist")]
    return made


def _name(route: Route) -> str:
    words = [
        route.interaction or route.operation.lstrip("$") or "metadata",
        route.shape.name.lower(),
        route.method.lower(),
    ]
    return "-".join(words).replace("_", "-") + ("-" + "-".join(sorted(route.types)) if route.types else "")


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "schema": {"type": "string"}}


def _content(route: Route) -> dict[str, Any]:
    if route.shape is Shape.TYPE_SEARCH:
        return {_FORM: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}}
    if route.formats:
        patches = {
            "application/json-patch+json": {"$ref": "#/components/schemas/JsonPatch"},
            "application/merge-patch+json": {"type": "object"},
            _JSON: {"$ref": "#/components/schemas/Parameters"},
        }
        return {form: {"schema": patches[form]} for form in route.formats}
    name = "Bundle" if route.shape is Shape.BASE else "Parameters" if route.operation else "Resource"
    return {_JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _answer(route: Route, code: int) -> dict[str, Any]:
    if code in (204, 304):
        return {"description": "done; nothing to tell"}
    made: dict[str, Any] = {
        "description": "the resource",
        "content": {_JSON: {"schema": {"$ref": "#/components/schemas/Resource"}}},
    }
    if route.interaction == "create" and code == 201:
        made["links"] = {
            name: {
                "operationId": f"{name}-instance-{method}",
                "parameters": {"type": "$request.path.type", "id": "$response.body#/id"},
            }
            for name, method in zip(_LEADS_ON, ("get", "put", "patch", "delete"), strict=True)
        }
    return made


def _refusal(words: str) -> dict[str, Any]:
    return {
        "description": words,
        "content": {_JSON: {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}},
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


_TEXT = {"type": "string"}
_CODED = _object(coding={"type": "array", "items": _object(system=_TEXT, code=_TEXT)}, text=_TEXT)
_SCHEMAS: dict[str, Any] = {
    "Type": {"type": "string", "enum": sorted(SERVED)},
    "Resource": {
        **_object(
            resourceType={"type": "string"},
            id=_ID,
            identifier={"type": "array", "items": _object(system=_TEXT, value=_TEXT)},
            name={"type": "array", "items": _object(family=_TEXT, given={"type": "array", "items": _TEXT})},
            birthDate=_TEXT,
            status=_TEXT,
            code=_CODED,
            subject=_object(reference=_TEXT),
        ),
        "required": ["resourceType"],
    },
    "OperationOutcome": {
        **_object(
            resourceType={"const": "OperationOutcome"},
            issue={
                "type": "array",
                "minItems": 1,
                "items": {**_object(severity=_TEXT, code=_TEXT), "required": ["severity", "code"]},
            },
        ),
        "required": ["resourceType", "issue"],
    },
    "Parameters": {
        **_object(
            resourceType={"const": "Parameters"},
            parameter={
                "type": "array",
                "items": _object(name=_TEXT, part={"type": "array", "items": _object(name=_TEXT)}),
            },
        ),
        "required": ["resourceType"],
    },
    "JsonPatch": {
        "type": "array",
        "items": {
            **_object(
                op={"enum": ["add", "remove", "replace", "move", "copy", "test"]},
                path=_TEXT,
                value={},
                **{"from": _TEXT},
            ),
            "required": ["op", "path"],
        },
    },
    "Bundle": {
        **_object(
            resourceType={"const": "Bundle"},
            type={"enum": ["batch", "transaction"]},
            entry={
                "type": "array",
                "items": _object(
                    fullUrl=_TEXT,
                    resource={"$ref": "#/components/schemas/Resource"},
                    request={
                        **_object(
                            method={"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
                            url=_TEXT,
                            ifNoneExist=_TEXT,
                        ),
                        "required": ["method", "url"],
                    },
                ),
            },
        ),
        "required": ["resourceType", "type"],
    },
}
