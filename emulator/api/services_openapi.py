"""The OpenAPI document of the services' HTTP endpoint; its schemas are those of the service document."""

from typing import Any, Final

import msgspec

from emulator.services.schema import schema

OPENAPI: Final = "3.1.0"
_DEFS: Final = b"#/$defs/"
_COMPONENTS: Final = b"#/components/schemas/"


def openapi() -> dict[str, Any]:
    """Give the document."""
    components = msgspec.json.decode(msgspec.json.encode(schema()["$defs"]).replace(_DEFS, _COMPONENTS))
    components |= _OWN
    return {
        "openapi": OPENAPI,
        "info": {"title": "Meterfarm service requests", "version": "1"},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
        "paths": _PATHS,
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(says: str, schema_: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": schema_}}}


def _query(name: str, kind: str, says: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": says, "schema": {"type": kind}}


_OWN: Final[dict[str, Any]] = {
    "Numbered": {
        "type": "object",
        "required": ["Number", "Kind", "Document"],
        "properties": {
            "Number": {"type": "integer"},
            "Kind": {"enum": ["response", "alert"]},
            "Document": {"oneOf": [_ref("Response"), _ref("Alert")]},
        },
    },
    "Callback": {
        "type": "object",
        "required": ["Url"],
        "properties": {
            "Url": {"type": "string"},
            "User": {"type": "string", "description": "a user's EUI-64; without one everything is pushed"},
        },
    },
    "Time": {
        "type": "object",
        "required": ["Now", "Rate"],
        "properties": {
            "Now": {"type": "string", "format": "date-time"},
            "Rate": {"type": "integer", "description": "farm seconds in a second; 0 stands"},
        },
    },
    "Error": {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"kind": {"type": "string"}, "message": {"type": "string"}},
            }
        },
    },
}
_ACK: Final = _ref("Acknowledgement")
_ERROR: Final = _content("it makes no sense: the message says where", _ref("Error"))
_WAIT: Final = _query("wait", "number", "how long to wait for one, s")
_PATHS: Final[dict[str, Any]] = {
    "/requests": {
        "post": {
            "summary": "Hand a service request in.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Request")}}},
            "responses": {
                "202": _content("accepted (I99): the result follows", _ACK),
                "200": _content("answered at once", _ACK),
                "403": _content("refused: who asks may not (E1, E2, E4)", _ACK),
                "404": _content("refused: no such device (E19)", _ACK),
                "422": _content("refused: it breaks the schema, or no service has this reference (E48)", _ACK),
                "409": _content("refused for any other reason: the code says which", _ACK),
                "400": _ERROR,
            },
        }
    },
    "/results": {
        "get": {
            "summary": "Give results and alerts beyond a number, oldest first.",
            "parameters": [_query("after", "integer", "beyond this number"), _WAIT, _query("limit", "integer", "most")],
            "responses": {"200": _content("none, if none came in time", {"type": "array", "items": _ref("Numbered")})},
        }
    },
    "/results/{request_id}": {
        "get": {
            "summary": "Give the result of a request.",
            "parameters": [
                {"name": "request_id", "in": "path", "required": True, "schema": {"type": "string"}},
                _WAIT,
            ],
            "responses": {
                "200": _content("it", _ref("Response")),
                "202": {"description": "not there yet"},
                "404": _content("no such request was accepted", _ref("Error")),
            },
        }
    },
    "/callback": {
        "get": {"summary": "Tell how the callbacks go.", "responses": {"200": {"description": "each, with counts"}}},
        "put": {
            "summary": "Have results and alerts pushed to a URL from now on.",
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Callback")}}},
            "responses": {"200": {"description": "it stands"}, "400": _ERROR},
        },
        "delete": {
            "summary": "Have nothing pushed any more.",
            "parameters": [_query("user", "string", "whose; without it the one for everything")],
            "responses": {"204": {"description": "done"}, "404": {"description": "there was none"}},
        },
    },
    "/time": {"get": {"summary": "Tell the farm's time.", "responses": {"200": _content("it", _ref("Time"))}}},
    "/catalogue": {"get": {"summary": "Give every service.", "responses": {"200": {"description": "all of them"}}}},
}
