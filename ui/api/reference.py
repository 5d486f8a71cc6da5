"""The reference of `/v1` and `/api`: OpenAPI as JSON, and a page of it without scripts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, Response

from footnote.ui.api.faults import Json
from footnote.ui.html.templating import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI
    from starlette.routing import BaseRoute

TITLE = "Footnote’s doors for programs"
ABOUT = (
    "Answers with a footnote on every sentence, over HTTP. Send a key as a bearer token where one is needed: "
    "`footnote keys add NAME --read`. Errors have OpenAI’s form."
)
JSON_BODY = "application/json"


def describe(app: FastAPI, version: str, routes: Sequence[BaseRoute]) -> None:
    """Add `/api/openapi.json` and `/api/docs`, which describe these routes."""
    schema = get_openapi(title=TITLE, version=version, description=ABOUT, routes=routes)
    schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"key": []}, {}]
    schema["paths"]["/api/articles"]["post"]["requestBody"] = _addition(schema)

    @app.get("/api/openapi.json", include_in_schema=False)
    async def described() -> Response:
        return Json(schema)

    @app.get("/api/docs", include_in_schema=False)
    async def page() -> Response:
        return HTMLResponse(render("api", "page", title=TITLE, about=ABOUT, groups=_groups(schema)))


def _addition(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what may be sent to add articles; the route reads it by hand, for it may have two forms."""
    from footnote.ui.api.ours import Add

    schema["components"]["schemas"]["Add"] = Add.model_json_schema()
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    return {
        "required": True,
        "content": {
            JSON_BODY: {"schema": {"$ref": "#/components/schemas/Add"}},
            "multipart/form-data": {"schema": {"type": "object", "properties": {"file": files}}},
        },
    }


def _groups(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the routes by group, each with what it takes."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            entry = {
                "method": method.upper(),
                "path": path,
                "summary": told["summary"],
                "about": told.get("description", ""),
                "fields": [*map(_parameter, told.get("parameters", ())), *_fields(schema, told)],
            }
            groups.setdefault(told["tags"][0], []).append(entry)
    return [{"name": name, "routes": routes} for name, routes in groups.items()]


def _parameter(given: dict[str, Any]) -> dict[str, str]:
    form = given["schema"]
    place = f"{given['in']}, needed" if given["required"] else f"{given['in']}, {_default(form)}"
    return {"name": given["name"], "kind": _kind(form), "place": place, "about": form.get("description", "")}


def _fields(schema: dict[str, Any], told: dict[str, Any]) -> list[dict[str, str]]:
    body = told.get("requestBody", {}).get("content", {}).get(JSON_BODY)
    if body is None:
        return []
    model = schema["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
    needed = model.get("required", ())
    return [
        {
            "name": name,
            "kind": _kind(form),
            "place": "needed" if name in needed else _default(form),
            "about": form.get("description", ""),
        }
        for name, form in model["properties"].items()
    ]


def _default(form: dict[str, Any]) -> str:
    return f"default {json.dumps(form['default'], ensure_ascii=False)}" if "default" in form else "optional"


def _kind(form: dict[str, Any]) -> str:
    """Return the kind of a value in a word or two."""
    if "anyOf" in form:
        return " or ".join(dict.fromkeys(map(_kind, form["anyOf"])))
    if "$ref" in form:
        return str(form["$ref"]).rpartition("/")[2]
    if "enum" in form:
        return " or ".join(f"“{value}”" for value in form["enum"])
    if form.get("type") == "array":
        return f"list of {_kind(form.get('items', {}))}"
    return str(form.get("type", "any"))
