"""看板: every open ticket by stage, live, with its filters in the address."""

from __future__ import annotations

from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_core.facts.intake import Category
from aftersales_core.moves import TICKET
from aftersales_core.ports import Where
from aftersales_core.rules.sight import conditions, hidden
from aftersales_core.views import BOARD
from aftersales_web.access.gate import Reader
from aftersales_web.office import office_of
from aftersales_web.pages.columns import ENDED, SORTS, Asked, column_page, columns, sort_of
from aftersales_web.pages.desk import branches_of, people_of
from aftersales_web.pages.frame import frame_of
from aftersales_web.problems import WebError

router = APIRouter()


def asked_of(
    stage: str = "", branch: str = "", category: str = "", crew: str = "", due: str = "", q: str = ""
) -> Asked:
    """The filters of an address. Raises WebError for a stage there is none of."""
    if stage and stage not in TICKET.states:
        raise WebError("board-no-such-stage", 422, stage=stage)
    return Asked(stage, branch, category, crew, due, q.strip())


@router.get("/board")
def board(
    request: Request, who: Reader, asked: Annotated[Asked, Depends(asked_of)], view: str = "", sort: str = "next_due", after: str | None = None,
) -> Response:  # fmt: skip
    """The board: columns of cards, or a table."""
    office = office_of(request)
    position = office.live.position()
    where = [*conditions(who.viewer, office.desk.playbook), *asked.where(office.now(), hidden=hidden(who.viewer, office.desk.playbook))]
    told: dict[str, Any] = {
        "asked": asked, "query": urlencode(asked.params()), "view": view, "position": position, "people": people_of(office),
        "categories": get_args(Category), "ended": ENDED, "branches": branches_of(office, who),
    }  # fmt: skip
    if view == "table":
        own = [Where("stage", "eq", asked.stage)] if asked.stage else []
        page = office.desk.look(BOARD, [*own, *where], order=(sort_of(sort),), after=after, limit=100)
        return frame_of(request).page(request, "board_table.html", who, page=page, sort=sort, sorts=SORTS, **told)
    found, counts = columns(office.desk, asked, where, office.now())
    return frame_of(request).page(request, "board.html", who, columns=found, counts=counts, **told)


@router.get("/board/{stage}")
def more(request: Request, who: Reader, stage: str, after: str, asked: Annotated[Asked, Depends(asked_of)]) -> Response:
    """More cards of one column, to be put behind those that are there."""
    if stage not in TICKET.states:
        raise WebError("board-no-such-stage", 404, stage=stage)
    office = office_of(request)
    where = [*conditions(who.viewer, office.desk.playbook), *asked.where(office.now(), hidden=hidden(who.viewer, office.desk.playbook))]
    page = column_page(office.desk, stage, where, after)
    return frame_of(request).page(request, "board_more.html", who, stage=stage, page=page, query=urlencode(asked.params()))

