"""视图: the day's work, the leftover register, and every other view as rows, only those of tickets the caller sees.

The board, the worklist and the leftover register say of each row whose it is, and the store leaves out the others. The
rows of all other views are registers: for callers who may carry data out, and looked through ticket by ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from aftersales_core.cursors import columns, encode, ordering
from aftersales_core.moves import LINE
from aftersales_core.ports import Where
from aftersales_core.rules.sight import conditions, may_export, sees
from aftersales_core.state import is_log
from aftersales_core.views import BOARD, BY_NAME, LEFTOVERS, WORKLIST, View
from aftersales_web.access.gate import Who
from aftersales_web.api.asked import PERSONAL, After, Asked, Limit, Moment, Order, asked, several
from aftersales_web.api.caller import Reader, carried_out
from aftersales_web.api.rendering import Json, Shown, page, plain
from aftersales_web.api.replies import ViewKind, Views
from aftersales_web.api.telling import gives
from aftersales_web.office import Office, office_of
from aftersales_web.problems import WebError

router = APIRouter(tags=["views"])

OPEN: Final = frozenset({BOARD.name, WORKLIST.name, LEFTOVERS.name})
"""Views whose rows say whose they are."""

LOOKED: Final = 2000
"""Rows that are looked through for one page."""

IN_ONE: Final = 10_000
"""Tickets that can be asked for by their numbers."""


@router.get("/worklist", responses=gives("TaskRow", "a page of the worklist", paged=True))
def worklist(
    request: Request, who: Reader,
    at: Annotated[Moment | None, Query(description="The moment, now unless given: tasks that open later are not there.")] = None,
    role: Annotated[str | None, Query(description="What this role may do; the caller's own unless given. `*`: all.", max_length=80)] = None,
    list: Annotated[str | None, Query(description="Only this list, e.g. `calls`; `overdue`: what should have been done by then.", max_length=80)] = None,
    after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """What there is to do: the house's routines, then what hangs on tickets the caller sees, what is due first on top."""
    office = office_of(request)
    asking = who.role if role is None else None if role == "*" else role
    found = office.desk.worklist_page(
        at or office.now(), role=asking, only=list, where=conditions(who.viewer, office.desk.playbook), after=after, limit=limit
    )  # fmt: skip
    return page(request, Shown(office, who).rows(found.rows), found.next)


@router.get("/leftovers", responses=gives("LeftoverRow", "a page of the leftover register", paged=True))
def leftovers(
    request: Request, who: Reader,
    state: Annotated[list[str] | None, Query(description="In one of these states.", json_schema_extra={"items": {"type": "string", "enum": [*LINE.states]}})] = None,
    late: Annotated[bool, Query(description="Only what the factory promised for a day before today and still owes.")] = False,
    sort: Order = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """Every leftover line of the tickets the caller sees, those raised first on top."""
    office, shown = office_of(request), Shown(office_of(request), who)
    where = [*conditions(who.viewer, office.desk.playbook), *several("state", state, LINE.states)]
    if late:
        today = office.now().astimezone(office.zone).date()
        where += [Where("promised_on", "lt", today), Where("outstanding", "gt", 0)]
    order = asked(LEFTOVERS.shape, (), sort, shown.full).order
    found = office.desk.look(LEFTOVERS, where, order=order, after=after, limit=limit)
    return page(request, shown.rows(found.rows), found.next)


@router.get("/views", responses=gives("Views", "every view with its columns"))
def views(request: Request, who: Reader) -> Response:
    """The views there are, and whether the caller may look at them."""
    allowed = may(office_of(request), who)
    found = (ViewKind(name, tuple(columns(view.shape.row)), name in OPEN or allowed) for name, view in BY_NAME.items())
    return Json(plain(Views(tuple(found))))


@router.get("/views/{view}", responses=gives("Row", "a page of the view", paged=True, errors=(404,)))
def rows(
    request: Request, who: Reader, view: Annotated[str, Path(description="One of `GET /views`.", max_length=40)],
    sort: Order = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """Rows of a view, filtered by any of its columns: `column=value`, or `column.op=value` with one of `lt le gt ge ne in contains`.

    The board, the worklist and the leftovers are open to everybody. The others are registers: they need the scope `export`
    and a role that may carry data out; and a page may have fewer rows than asked for, even none, and still a `next`.
    """
    office, shown = office_of(request), Shown(office_of(request), who)
    found = BY_NAME.get(view)
    if found is None:
        raise WebError("no-such-view", 404, view=view, known=", ".join(BY_NAME))
    if found.name not in OPEN:
        if "export" not in who.scopes:
            raise WebError("scope-missing", 403, scope="export")
        if not may(office, who):
            raise WebError("may-not-export", 403, role=who.role)
    if not shown.full and PERSONAL & set(found.shape.key):
        raise WebError("masked-column", 403, column=", ".join(sorted(PERSONAL & set(found.shape.key))))
    wanted = asked(found.shape, request.query_params.multi_items(), sort, shown.full)
    if found.name in OPEN:
        where = (*wanted.where, *conditions(who.viewer, office.desk.playbook))
        got = office.desk.look(found, where, order=wanted.order, after=after, limit=limit)
        return page(request, shown.rows(got.rows), got.next)
    carried_out(office, who, found.name)
    items, cursor = seen_rows(office, who, found, wanted, after, limit)
    return page(request, shown.rows(items), cursor)


def may(office: Office, who: Who) -> bool:
    """Whether the caller may carry data out."""
    return may_export(who.viewer, office.desk.playbook)


def seen_rows(office: Office, who: Who, view: View[Any], wanted: Asked, after: str | None, limit: int) -> tuple[Sequence[Any], str | None]:
    """Rows of a view that does not say whose they are, of tickets that *who* sees, and the cursor behind the last one looked at."""
    book = office.desk.playbook
    limited = conditions(who.viewer, book)
    where = wanted.where
    if limited and book.access.assigned_only(who.role):
        # few tickets, and far between: asked for by their numbers
        numbers = tuple(row.ticket for row in office.desk.look(BOARD, limited, order=("ticket",), limit=IN_ONE).rows)
        where = (*where, Where("ticket", "in", numbers))
    known: dict[str, bool] = {}
    items: list[Any] = []
    looked, sorts = 0, ordering(view.shape, wanted.order)
    while True:
        got = office.desk.look(view, where, order=wanted.order, after=after, limit=limit, refresh=not looked)
        for row in got.rows:
            if row.ticket not in known:
                known[row.ticket] = not is_log(row.ticket) and (
                    not limited or sees(who.viewer, office.desk.clerk.load(row.ticket), book)
                )  # fmt: skip
            if known[row.ticket]:
                items.append(row)
            if len(items) == limit:
                more = row is not got.rows[-1] or got.next is not None
                return items, encode(view.shape, sorts, row) if more else None
        looked, after = looked + len(got.rows), got.next
        if after is None or looked >= LOOKED:
            return items, after
