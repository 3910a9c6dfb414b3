"""存证: a ticket carried out with what proves it, and a checkpoint to keep outside of the house."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from aftersales_web.access.gate import Admin
from aftersales_web.office import office_of
from aftersales_web.pages.carrying import carried, must_export
from aftersales_web.pages.desk import ticket_of
from aftersales_web.pages.replay import Exporter

router = APIRouter()


@router.post("/t/{path}/proof")
def proof(request: Request, who: Exporter, path: str) -> Response:
    """The ticket with what shows that these are all its facts, under a checkpoint of this moment; that it left is a fact."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    must_export(office, who)
    lines = list(office.desk.prove(ticket.number, office.checkpoint()))
    carried(office, who, f"proof {ticket.number}", len(lines) - 1)
    return _attached("".join(f"{line}\n" for line in lines), f"{ticket.number.replace('/', '-')}.proof")


@router.post("/checkpoint")
def checkpoint(request: Request, who: Admin) -> Response:
    """What the ledger is now, in five lines, signed where the office has a key; they tell of nobody."""
    office = office_of(request)
    note = office.checkpoint()
    carried(office, who, "checkpoint", 0)
    return _attached(note, f"{office.now().astimezone(office.zone):%Y-%m-%d-%H%M}.note")


def _attached(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(text, media_type="text/plain", headers=headers)
