"""规则: what may be said and under what: commands with their schemas, clauses, the playbook; and who is asking."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from aftersales_core import wording
from aftersales_core.playbooks import Clause, Playbook, clauses
from aftersales_core.playbooks.register import entries
from aftersales_core.rules import COMMANDS, Command
from aftersales_core.wording import Lang
from aftersales_web.api.caller import Reader
from aftersales_web.api.rendering import Json, plain
from aftersales_web.api.replies import CommandKind, Commands, Me
from aftersales_web.api.telling import gives
from aftersales_web.office import office_of
from aftersales_web.pages.frame import lang_of
from aftersales_web.problems import WebError

router = APIRouter(tags=["rules"])


@router.get("/me", responses=gives("Me", "the caller"))
def me(request: Request, who: Reader) -> Response:
    """Who is asking, as the office knows him: in which role, with which scopes."""
    branches = None if who.branches is None else tuple(sorted(who.branches))
    return Json(plain(Me(who.actor, who.name, who.role, who.roles, tuple(sorted(who.scopes)), branches)))


@router.get("/commands", responses=gives("Commands", "every command"))
def commands(request: Request, who: Reader) -> Response:
    """Every command a ticket takes: who may give it, under which clauses, and its schema."""
    book, lang = office_of(request).desk.playbook, lang_of(request)
    return Json(plain(Commands(tuple(_command(name, kind, book, lang) for name, kind in COMMANDS.items()))))


@router.get("/commands/{command}", responses=gives("CommandKind", "the command", errors=(404,)))
def command(request: Request, who: Reader, command: Annotated[str, Path(max_length=80)]) -> Response:
    """One command."""
    kind = COMMANDS.get(command)
    if kind is None:
        raise WebError("no-such-command", 404, command=command, known=", ".join(COMMANDS))
    return Json(plain(_command(command, kind, office_of(request).desk.playbook, lang_of(request))))


@lru_cache(maxsize=1000)
def schema_of(kind: type[Command]) -> dict[str, Any]:
    """The schema of a command, as the core has it."""
    return kind.model_json_schema()


def _command(name: str, kind: type[Command], book: Playbook, lang: Lang) -> CommandKind:
    duty = book.duties[name]
    return CommandKind(name, wording.word("command", name, lang), kind.fact.kind, duty.roles, duty.clauses, schema_of(kind))


@router.get("/clauses", name="clauses", responses=gives("Clauses", "the clauses"))
def register(
    request: Request, who: Reader, series: Annotated[str | None, Query(description="Only this series, e.g. `F`.", max_length=2)] = None
) -> Response:
    """Every clause of the process documents, in our own words, and how the software carries it."""
    used = _used(office_of(request).desk.playbook)
    return Json({"items": [
        _clause(name, clause, used) for name, clause in clauses().items() if series is None or name.partition("-")[0] == series
    ]})  # fmt: skip


@router.get("/clauses/{clause}", responses=gives("Clause", "the clause", errors=(404,)))
def clause(request: Request, who: Reader, clause: Annotated[str, Path(max_length=20, examples=["L-14"])]) -> Response:
    """One clause: what it says, how it is carried, and what of the playbook stands on it."""
    found = clauses().get(clause)
    if found is None:
        raise WebError("no-such-clause", 404, clause=clause)
    return Json(_clause(clause, found, _used(office_of(request).desk.playbook)))


def _clause(name: str, clause: Clause, used: dict[str, list[str]]) -> dict[str, Any]:
    return {"id": name, **plain(clause), "used": used.get(name, [])}


def _used(book: Playbook) -> dict[str, list[str]]:
    """Clause → the entries of the playbook that stand on it."""
    found: dict[str, list[str]] = {}
    for kind, name, cited in entries(book):
        for each in cited:
            found.setdefault(each, []).append(f"{kind} {name}")
    return found


@router.get("/playbook", responses=gives("Playbook", "the playbook"))
def playbook(request: Request, who: Reader) -> Response:
    """The latest edition of the house's rules, as data."""
    return Json(office_of(request).desk.playbook.model_dump(mode="json", by_alias=True))
