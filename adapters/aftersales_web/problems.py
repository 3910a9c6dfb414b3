"""问题: everything raised on purpose, as an answer: a status, a code, a sentence in the reader's language, the way on.

One table says which status an error of the core has; the API sends it as RFC 9457 problem details, a page shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request

from aftersales_core import wording
from aftersales_core.errors import (
    AftersalesError,
    BadInput,
    CommandReused,
    Refused,
    StaleTicket,
    StoreUnusable,
    UnknownFile,
    UnknownTicket,
)
from aftersales_core.wording import Lang
from aftersales_web.wording import said

STATUS: Final[tuple[tuple[type[AftersalesError], int], ...]] = (
    (Refused, 409),
    (UnknownTicket, 404),
    (UnknownFile, 404),
    (StaleTicket, 412),
    (CommandReused, 422),
    (BadInput, 422),
    (StoreUnusable, 503),
)
"""Error of the core → HTTP status; what is not here is a mistake of ours or of the installation: 500."""

SPECIAL: Final = {"not-json": 400, "file-too-large": 413, "file-type-refused": 415, "file-with-script": 415, "file-removed": 410}
"""Code → HTTP status, where HTTP has a more telling one than the error's."""


class WebError(Exception):
    """Something this adapter refuses by itself.

    Attributes:
        code: a sentence of `wording`.
        status: of HTTP.
        headers: sent along, e.g. `Retry-After`.
    """

    def __init__(self, code: str, status: int, headers: Mapping[str, str] | None = None, /, **facts: Any) -> None:
        self.code = code
        self.status = status
        self.headers = dict(headers or {})
        self.facts = facts
        super().__init__(code, facts)

    def sentence(self, lang: Lang) -> str:
        """What a person reads."""
        facts = self.facts
        if "role" in facts:
            facts = {**facts, "role": wording.word("role", facts["role"], lang)}
        return said(self.code, lang, **facts)


def reference(path: str) -> str:
    """A path as a reference by its address (RFC 3986)."""
    return quote(path, safe="/~:@!$&'()*+,;=")


def of_program(request: Request) -> bool:
    """Whether a program is asking, and not a person; a script of a page says so by what it accepts."""
    accepted = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("application/json" in accepted and "text/html" not in accepted)


def status_of(problem: Exception) -> int:
    """The HTTP status an error is answered with."""
    if isinstance(problem, WebError):
        return problem.status
    return next((SPECIAL.get(problem.code, status) for kind, status in STATUS if isinstance(problem, kind)), 500)


def problem_of(problem: AftersalesError | WebError, lang: Lang, instance: str) -> dict[str, Any]:
    """The problem details of an error (RFC 9457): code, clause, what is missing, what would make it legal."""
    told: dict[str, Any] = {
        "type": f"urn:aftersales:problem:{problem.code}",
        "title": said("problem-" + str(status_of(problem)), lang),
        "status": status_of(problem),
        "detail": problem.sentence(lang),
        "instance": reference(instance),
        "code": problem.code,
    }
    if isinstance(problem, Refused):
        told |= {
            "clauses": list(problem.clauses),
            "missing": list(problem.missing),
            "remedies": list(problem.remedies),
            "soft": bool(problem.facts.get("soft")),
        }
        fields = [item for item in problem.missing if item.startswith("field:")]
        if fields:
            told["errors"] = [_at(item.removeprefix("field:"), wording.missing(item, lang)) for item in fields]
    if isinstance(problem, BadInput) and "field" in problem.facts:
        told["errors"] = [_at(str(problem.facts["field"]), told["detail"])]
    if isinstance(problem, WebError) and "errors" in problem.facts:
        told["errors"] = problem.facts["errors"]
    if isinstance(problem, StaleTicket):
        told["version"] = problem.facts.get("found")
    return told


def _at(field: str, detail: str) -> dict[str, str]:
    """Where in a body something is wrong: as a dotted name, and as a JSON Pointer (RFC 6901)."""
    steps = [step.replace("~", "~0").replace("/", "~1") for step in field.split(".")] if field else []
    return {"field": field, "pointer": "".join(f"/{step}" for step in steps), "detail": detail}
