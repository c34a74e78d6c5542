"""The description of the API (OpenAPI): what FastAPI finds, and what holds for all operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.authentication import COOKIE
from app.api.deprecation import Leaving
from app.api.policy import declared, policies
from app.api.problems import MEDIA_TYPE, ProblemDetails, title_of
from app.service.identity.identity import Permission

Json = dict[str, Any]
TAGS = [
    {"name": "data", "description": "datasets, their rows, and what changed"},
    {"name": "scenarios", "description": "deltas laid over a dataset"},
    {"name": "jobs", "description": "long work: started, followed, called off"},
    {"name": "results", "description": "runs, plans, and their tables and files"},
    {"name": "decisions", "description": "decisions on actions, and releases for the ERP"},
    {"name": "webhooks", "description": "who is told of events"},
    {"name": "people", "description": "users and tokens"},
    {"name": "audit", "description": "who did what when"},
    {"name": "health", "description": "how the service is"},
]
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "an API token, scp_..."},
    "login": {"type": "apiKey", "in": "cookie", "name": COOKIE,
              "description": "a browser's login; changes need the header X-Requested-With too"},
}  # fmt: skip
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "the same key and request again within 24 hours: the same answer, nothing is "
                   "done twice; the same key for another request: 422; still in flight: 409",
}  # fmt: skip
# what one can do with an answer: operations by status, and where their parameters are in it
_BODY_ID = "$response.body#/id"
_OF_DATASET = {"dataset": _BODY_ID}
_OF_SCENARIO = {"dataset": "$request.path.dataset", "scenario": _BODY_ID}
_LINKS: dict[str, dict[str, Json]] = {
    "create_dataset": {"get_dataset": _OF_DATASET, "upsert_tables": _OF_DATASET,
                       "list_changes": _OF_DATASET, "create_scenario": _OF_DATASET},
    "create_scenario": {"get_scenario": _OF_SCENARIO, "change_scenario": _OF_SCENARIO,
                        "copy_scenario": _OF_SCENARIO, "delete_scenario": _OF_SCENARIO},
    "start_*": {"get_job": {"job": _BODY_ID}, "get_log": {"job": _BODY_ID},
                "cancel_job": {"job": _BODY_ID}, "get_run": {"run": _BODY_ID}},
    "add_user": {"get_user": {"name": "$response.body#/name"},
                 "change_user": {"name": "$response.body#/name"}},
    "create_token": {"revoke_token": {"token": "$response.body#/token/id"}},
    "add_webhook": {"get_webhook": {"webhook": "$response.body#/webhook/id"},
                    "change_webhook": {"webhook": "$response.body#/webhook/id"}},
}  # fmt: skip
_EXAMPLE = {
    "type": "urn:supplychain:problem:not-found", "title": "Not Found", "status": 404,
    "detail": "no dataset 'spring'", "remedy": "list them to see which datasets there are",
    "request_id": "0f4e0f9ac1f14b0e8c5be2b5d8f5f6a1",
}  # fmt: skip


def also(*statuses: int) -> dict[int | str, Json]:
    """Errors that an operation may answer beside those that its shape implies."""
    return {status: {} for status in statuses}


def describe(app: FastAPI) -> Json:
    """The description, made once."""
    if not app.openapi_schema:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        document["tags"] = TAGS
        permissions = {(method.lower(), path): permission
                       for method, path, permission in policies(app)}  # fmt: skip
        leaving = {(method.lower(), path): found for method, path, found in declared(app, Leaving)}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(operation, method, permissions[method, path])
                _deprecate(operation, leaving[method, path])
        _components(document)
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: Json, method: str, permission: Permission | None) -> None:
    """Add what FastAPI cannot know: the permission, the ways to log in, the errors."""
    if permission is not None:
        operation["x-permission"] = permission.value
        operation["security"] = [{name: []} for name in SECURITY]
    if method == "post" and permission is not None:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    implied = _implied(operation, method, permission)
    stated = operation["responses"]
    stated.pop("422", None)  # FastAPI's own form of it
    errors = {str(status) for status in implied} | {name for name in stated if name >= "400"}
    kept = {name: stated[name] for name in stated if name < "400"}
    references = {name: {"$ref": f"#/components/responses/{name}"} for name in sorted(errors)}
    operation["responses"] = kept | references
    name = operation["operationId"]
    links = _LINKS.get("start_*" if name.startswith("start_") else name, {})
    for answer in kept.values():
        if links:
            answer["links"] = {target: {"operationId": target, "parameters": parameters}
                               for target, parameters in links.items()}  # fmt: skip


def _deprecate(operation: Json, leaving: Leaving | None) -> None:
    """Say of an operation that it is on its way out, until when, and what replaces it."""
    if leaving is not None:
        told = f"Gone on {leaving.until}: use {leaving.instead}."
        operation["deprecated"] = True
        operation["description"] = f"{operation.get('description', '')}\n\n{told}".strip()


def _implied(operation: Json, method: str, permission: Permission | None) -> Iterator[int]:
    """The errors that follow from an operation's shape."""
    yield 503
    if permission is not None:
        yield from (401, 403, 429)
    if operation.get("parameters") or "requestBody" in operation:
        yield 422
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
        yield 404
    if "requestBody" in operation:
        yield from (400, 413)
    if method == "post" and permission is not None:
        yield from (409, 413)


def _error(status: int) -> Json:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {"description": title_of(status), "content": {MEDIA_TYPE: {"schema": schema}}}


def _components(document: Json) -> None:
    components = document.setdefault("components", {})
    components["securitySchemes"] = SECURITY
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    own = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= own.pop("$defs", {})
    schemas["ProblemDetails"] = {**own, "examples": [_EXAMPLE]}
    used = {name for operations in document["paths"].values() for operation in operations.values()
            for name in operation["responses"] if name >= "400"}  # fmt: skip
    components["responses"] = {name: _error(int(name)) for name in sorted(used)}
