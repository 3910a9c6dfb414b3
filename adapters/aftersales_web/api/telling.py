"""说明: what a route says of its answers, for the description of the API; the shapes themselves are the core's."""

from __future__ import annotations

from typing import Any, Final

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"

SAID: Final = {
    304: "Not modified: the caller has it already",
    400: "The request cannot be read: no JSON, a header that is none",
    401: "Nobody is known by this token or cookie",
    403: "Not allowed: the token's scopes, the role, or the session's secret",
    404: "There is nothing of this name that the caller may see",
    409: "A rule says no: the clause, what is missing, what would make it legal, and what is legal now",
    410: "The file was removed on purpose",
    412: "The ticket is not at the version the command was meant for",
    413: "More bytes than a request, or a file, may have",
    415: "A body of a kind that is not taken here",
    422: "What was sent cannot be taken: the field, and why",
    428: "A command about a ticket has to say at which version",
    429: "Too many requests; the header says after how many seconds to come again",
    500: "A mistake of ours; nothing was recorded",
    503: "The database cannot be used now; nothing was recorded",
}
"""What a status means here."""

LINK: Final = {"description": 'The page after this one: `<…>; rel="next"`', "schema": {"type": "string"}}
ETAG: Final = {"description": "The ticket's version", "schema": {"type": "string", "examples": ['"6"']}}


def ref(name: str) -> dict[str, str]:
    """A shape by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


PAGED: Final[set[str]] = set()
"""Items that come in pages; `shapes` makes a shape of each page."""


def page_of(item: str) -> dict[str, str]:
    """A page of items, by its name."""
    PAGED.add(item)
    return ref(f"{item}Page")


def gives(
    shape: str, what: str, *, status: int = 200, paged: bool = False, versioned: bool = False, media: str = JSON, errors: tuple[int, ...] = ()
) -> dict[int | str, dict[str, Any]]:
    """The answers of a route.

    Args:
        shape: a name among `shapes.SHAPES`, of the answer or of the items of its pages; empty for bytes.
        what: what it is, as a phrase.
        versioned: it says the version of its ticket as `ETag`.
        errors: statuses beside those that every route has.
    """
    schema = {"type": "string", "format": "binary"} if not shape else page_of(shape) if paged else ref(shape)
    headers = {**({"Link": LINK} if paged else {}), **({"ETag": ETAG} if versioned else {})}
    told: dict[str, Any] = {"description": what[0].upper() + what[1:], "content": {media: {"schema": schema}}}
    if headers:
        told["headers"] = headers
    return {status: told, **{each: failing(each) for each in errors}}


def failing(status: int) -> dict[str, Any]:
    """An answer that is an error."""
    told: dict[str, Any] = {"description": SAID[status]}
    if status == 304:
        return told
    if status == 429:
        told["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer"}}}
    if status == 401:
        told["headers"] = {"WWW-Authenticate": {"schema": {"type": "string", "examples": ["Bearer"]}}}
    told["content"] = {PROBLEM: {"schema": ref("Problem")}}
    return told
