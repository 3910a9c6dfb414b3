"""查询: commands that look: one ticket, what may be done with it, the board, the day's work, what is left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aftersales_cli import plain as text
from aftersales_cli.shell import Shell, instant, plain
from aftersales_cli.wording import phrases
from aftersales_core import wording
from aftersales_core.errors import BadInput, Refused, UnknownTicket
from aftersales_core.ports import Page, Where

if TYPE_CHECKING:
    from aftersales_core.desk import Desk

TicketNo = Annotated[str, typer.Argument(metavar="TICKET", help="the ticket's number")]
Role = Annotated[str | None, typer.Option(metavar="ROLE", help="only for this role, e.g. cs_specialist")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="how many rows at most")]
After = Annotated[str | None, typer.Option(metavar="CURSOR", help="go on after the page before, which named this cursor")]
Wheres = Annotated[list[str] | None, typer.Option(metavar="COL=VALUE", help="only rows with this value; may be repeated")]


def rows_of(desk: Desk, ticket: str) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """The board row, the timeline and the tasks of *ticket*, as the quick way gives them. Raises UnknownTicket."""
    from dataclasses import asdict

    only = [Where("ticket", "eq", ticket)]

    def every(view: str, *order: str) -> Iterator[dict[str, Any]]:
        after: str | None = None
        while True:
            page: Page[Any] = desk.look(view, only, order=order, after=after, limit=500)
            yield from map(asdict, page.rows)
            after = page.next
            if after is None:
                return

    board = list(every("board"))
    if not board:
        raise UnknownTicket("unknown-ticket", ticket=ticket)
    return board[0], list(every("timeline", "version")), list(every("worklist"))


def show(ctx: typer.Context, ticket: TicketNo) -> None:
    """One ticket: where it stands, what belongs to it, and everything that happened to it."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        board, timeline, tasks = rows_of(desk, ticket)
        state = desk.state(ticket)
    owed = sorted((task["task"], task["ref"], task["due_at"]) for task in tasks if task["command"] == "give-notice")
    if shell.json:
        shell.emit({
            "ticket": board, "timeline": timeline,
            "fields": [{**plain(each), "title": shell.word("custom", each.field)} for each in state.custom],
            "files": state.files, "follow_ups": state.follow_ups,
            "owed": [{"notice": name, "title": shell.word("notice", name), "ref": ref, "due_at": due} for name, ref, due in owed],
        })  # fmt: skip
        return
    own = text.Own(
        [(each.ref, each.field, each.content) for each in state.custom], Counter(file.purpose for file in state.files), owed,
        [(each.occasion, each.at, each.solved) for each in state.follow_ups],
    )  # fmt: skip

    def word(vocabulary: str, key: Any) -> str:
        return shell.type_of(key) if vocabulary == "type" else shell.word(vocabulary, key)

    shell.line(text.ticket(board, timeline, own, word, phrases(shell.lang), shell.options.unmask).rstrip("\n"))


def legal(ctx: typer.Context, ticket: TicketNo, role: Role = None) -> None:
    """What may be done with a ticket now, and why not the rest."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        state = desk.state(ticket)
        known = desk.playbook_of(state).roles
        if role is not None and role not in known:
            raise BadInput("bad-option", field="--role", value=role, reason=wording.listed(known, shell.lang))
        moves = desk.legal_moves(ticket, role)
    closed = [(m.command, m.refusals[0].error(ticket, m.command)) for m in moves if not m.open]

    def lacking(problem: Refused) -> list[str]:
        return [wording.missing(item, shell.lang, shell.titles(problem)) for item in problem.missing]

    if shell.json:
        shut = [
            {"command": command, "code": e.code, "sentence": shell.sentence(e), "clauses": e.clauses,
             "missing": e.missing, "lacking": lacking(e), "remedies": e.remedies}
            for command, e in closed
        ]  # fmt: skip
        shell.emit({"ticket": ticket, "stage": state.stage, "open": [m.command for m in moves if m.open], "closed": shut})
        return
    shell.line(shell.say("legal-open", ticket=ticket, stage=shell.word("stage", state.stage)))
    for move in (found for found in moves if found.open):
        # a soft guard leaves the move open to whoever gives a reason
        soft = f"  {shell.sentence(move.refusals[0].error(ticket, move.command))}" if move.refusals else ""
        shell.line(f"  {move.command:<24}{shell.word('command', move.command) if shell.lang == 'zh' else ''}{soft}".rstrip())
    if not any(move.open for move in moves):
        shell.line(f"  {shell.say('nothing-here')}")
    shell.heading(shell.say("legal-closed"))
    shell.table((shell.say("col-command"), shell.say("col-why-not")), [(c, shell.sentence(e)) for c, e in closed])


def conditions(wheres: Sequence[str] | None, **more: object) -> list[Where]:
    """Conditions from `col=value` words and options; a value of `null`, `true` or a number is taken as such."""
    found = [Where(name, "eq", value) for name, value in more.items() if value is not None]  # type: ignore[arg-type]
    for said in wheres or ():
        column, equals, value = said.partition("=")
        if not equals or not column:
            raise BadInput("bad-value", field="--where", value=said, reason="col=value")
        found.append(Where(column, "eq", _typed(value)))
    return found


def _typed(value: str) -> str | int | bool | None:
    if value in ("null", "true", "false"):
        return {"null": None, "true": True, "false": False}[value]
    # a ticket number, an order number or a telephone keeps its leading nought
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 and not (value[0] == "0" < value) else value


def _page(shell: Shell, view: str, where: Sequence[Where], columns: Sequence[str], limit: int, after: str | None) -> None:
    with shell.desk() as desk:
        page: Page[Any] = desk.look(view, where, after=after, limit=limit)
    if shell.json:
        shell.emit({"rows": page.rows, "next": page.next})
        return
    grid(shell, page.rows, columns)
    if not page.rows:
        shell.note(shell.say("nothing-here"))
    if page.next is not None:
        shell.note(shell.say("next-page", cursor=page.next))


VOCABULARY: Mapping[str, str] = {
    "stage": "stage", "category": "category", "role": "role", "command": "command", "task": "task", "list": "list",
    "state": "state", "party": "party", "outcome": "outcome", "move": "move", "why": "why-not",
    "matter": "matter", "handed_in": "handed-in", "form": "register", "type": "type", "paper": "paper", "next_step": "paper-step", "next_command": "command",
}  # fmt: skip


PARTS = frozenset({"ref", "part"})
"""Columns that name a part of a ticket."""

DATES = frozenset({"stage_since", "raised_at", "since"})
"""Columns whose hour nobody asks for in a list."""

WHOLE = frozenset({"ticket", "phone", "line", "due_at", "next_due", "promised_on", *DATES})
"""Columns that stay on one line: a number broken in two cannot be copied."""


def cell(shell: Shell, row: Any, column: str) -> str:
    """One value of a row of a view in words."""
    value = getattr(row, column, None)
    if column == "phone":
        return shell.phone(value)
    if column in DATES and isinstance(value, datetime):
        return text.moment(value)[:10]
    if column == "crew" and value:
        return str(value).replace("、", "\n")
    if column == "assigned" and value:
        from aftersales_core.rules.sight import people_in

        return wording.listed(people_in(str(value)), shell.lang)
    if column == "called":
        return shell.word("custom", row.field)
    if column == "content" and value:
        return shell.content(row.field, _content(row.type, value))
    if column in PARTS and value:
        return shell.part(str(value))
    if column in ("role", "next_role") and value:
        return shell.role(value)
    if column == "papers" and value:
        return wording.listed((shell.word("paper", paper) for paper in str(value).split("、")), shell.lang)
    if column in VOCABULARY and value is not None:
        return shell.word(VOCABULARY[column], value)
    return shell.value(value)


def _content(kind: str, said: str) -> str | int | bool:
    """What a row holds as text, as it was filled in."""
    if kind == "yes-no":
        return said == "true"
    return int(said) if kind in ("number", "money") else said


def grid(shell: Shell, rows: Sequence[Any], columns: Sequence[str]) -> None:
    there = [c for c in columns if not rows or hasattr(rows[0], c)]
    whole = [c in WHOLE for c in there]
    shell.table([shell.say(f"col-{c}") for c in there], [[cell(shell, row, c) for c in there] for row in rows], whole)


BOARD_COLUMNS = ("ticket", "stage", "customer", "phone", "crew", "open_lines", "stage_since", "next_due")
WORK_COLUMNS = ("ticket", "task", "ref", "role", "due_at", "customer", "phone")
LEFT_COLUMNS = ("ticket", "line", "item", "qty", "state", "party", "promised_on", "raised_at", "customer", "phone")


def board(
    ctx: typer.Context,
    stage: Annotated[str | None, typer.Option(metavar="STAGE", help="only tickets that stand here, e.g. READY")] = None,
    customer: Annotated[str | None, typer.Option(metavar="TEXT", help="only customers whose name contains this")] = None,
    where: Wheres = None,
    limit: Limit = 50,
    after: After = None,
) -> None:
    """The board: every ticket with its stage, crew, open lines and next deadline."""
    found = conditions(where, stage=stage.upper() if stage else None)
    if customer:
        found.append(Where("customer", "contains", customer))
    _page(ctx.obj, "board", found, BOARD_COLUMNS, limit, after)


def leftovers(
    ctx: typer.Context,
    only_open: Annotated[bool, typer.Option("--open", help="only lines that are not settled or waived")] = False,
    where: Wheres = None,
    limit: Limit = 50,
    after: After = None,
) -> None:
    """The register of leftover lines."""
    found = conditions(where)
    if only_open:
        found += [Where("state", "ne", "SETTLED"), Where("state", "ne", "WAIVED")]
    _page(ctx.obj, "leftovers", found, LEFT_COLUMNS, limit, after)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - what is due today depends on when it is asked


def today(
    ctx: typer.Context,
    role: Role = None,
    at: Annotated[str | None, typer.Option(metavar="ISO", help="as of this moment instead of now, with its time zone")] = None,
    only: Annotated[str | None, typer.Option("--list", metavar="LIST", help="only this list, e.g. calls or overdue")] = None,
    then: Annotated[bool, typer.Option("--then", help="as it would have been seen then: every ticket is read as it was known at that moment")] = False,
    limit: Limit = 20,
) -> None:
    """The day's work, list by list, what is due first on top."""
    shell: Shell = ctx.obj
    moment = instant("--at", at) or now()
    with shell.desk() as desk:
        rows = desk.worklist(moment, role=role, only=only, then=then)
    if shell.json:
        shell.emit({"at": moment, "rows": [{**plain(row), "overdue": row.overdue(moment)} for row in rows]})
        return
    day(shell, rows, moment, limit)


def _place(name: str) -> int:
    """The lists in the order of the day: eight, nine, ten o'clock, then the rest."""
    known = list(wording.LANGS["zh"].WORDS["list"])
    return known.index(name) if name in known else len(known)


def day(shell: Shell, rows: Sequence[Any], at: datetime, limit: int) -> None:
    """The worklists with their counts and first rows."""
    late = sum(row.overdue(at) for row in rows)
    shell.line(shell.say("today", at=text.moment(at), count=len(rows), late=late))
    lists: dict[str, list[Any]] = {}
    for row in rows:
        lists.setdefault(row.list, []).append(row)
    for name in sorted(lists, key=lambda each: _place(each)):
        found = lists[name]
        late = sum(row.overdue(at) for row in found)
        shell.heading(shell.say("list-heading", name=shell.word("list", name), count=len(found), late=late))
        columns = [c for c in WORK_COLUMNS if hasattr(found[0], c)]
        cells = [[cell(shell, row, c) for c in columns] for row in found[:limit]]
        for drawn, row in zip(cells, found, strict=False):
            if row.overdue(at):
                drawn[columns.index("due_at")] += " !"
        shell.table([shell.say(f"col-{c}") for c in columns], cells, [c in WHOLE or c == "role" for c in columns])
        if len(found) > limit:
            shell.line(shell.say("and-more", count=len(found) - limit))
