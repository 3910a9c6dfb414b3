"""派工: appointment, papers, people, goods drawn, arrival confirmed."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from aftersales_core.facts import Fact, dispatch
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Id, Name, SaidMoment, Text, VisitNo


class MakeAppointment(Command):
    """Agree an exact time with the customer. (L-11, L-12, W-13, W-14)"""

    fact: ClassVar[type[Fact]] = dispatch.AppointmentMade
    command: Literal["make-appointment"] = "make-appointment"

    start: SaidMoment
    end: SaidMoment
    agreed_with: Name

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError("end-before-start", "end must be after start")
        return self


class MoveAppointment(MakeAppointment):
    """Change the agreed time. (L-12)"""

    fact: ClassVar[type[Fact]] = dispatch.AppointmentMoved
    thing = "visit"
    command: Literal["move-appointment"] = "move-appointment"  # type: ignore[assignment]

    visit: VisitNo | None = None
    reason: Text


class PreparePapers(Command):
    """Make out the papers of a visit. (L-14, W-15)"""

    fact: ClassVar[type[Fact]] = dispatch.PapersPrepared
    thing = "visit"
    command: Literal["prepare-papers"] = "prepare-papers"

    visit: VisitNo | None = None
    papers: tuple[dispatch.Paper, ...] = Field(min_length=1)


class Dispatch(Command):
    """Name the people who go. (L-13, L-26)"""

    fact: ClassVar[type[Fact]] = dispatch.Dispatched
    thing = "visit"
    command: Literal["dispatch"] = "dispatch"

    visit: VisitNo | None = None
    crew: tuple[Id, ...] = Field(min_length=1)


class Reassign(Command):
    """Name other people. (L-13)"""

    fact: ClassVar[type[Fact]] = dispatch.Reassigned
    thing = "visit"
    command: Literal["reassign"] = "reassign"

    visit: VisitNo | None = None
    crew: tuple[Id, ...] = Field(min_length=1)
    reason: Text


class DrawGoods(Command):
    """Draw goods of the sheet from the warehouse. (L-15, W-16, W-17)"""

    fact: ClassVar[type[Fact]] = dispatch.GoodsDrawn
    thing = "visit"
    command: Literal["draw-goods"] = "draw-goods"

    visit: VisitNo | None = None
    lines: tuple[dispatch.LinePieces, ...] = Field(min_length=1)


class ConfirmArrival(Command):
    """Confirm address and approximate arrival with the customer. (L-16)"""

    fact: ClassVar[type[Fact]] = dispatch.ArrivalConfirmed
    thing = "visit"
    command: Literal["confirm-arrival"] = "confirm-arrival"

    visit: VisitNo | None = None
    address_confirmed: bool
    expected_at: SaidMoment


def make_appointment(command: MakeAppointment, ticket: Ticket) -> list[Fact]:
    """A new visit is booked under the next number; its time is exact and agreed. (L-12)"""
    return [say(dispatch.AppointmentMade, command, visit=len(ticket.visits) + 1)]


def prepare_papers(command: PreparePapers, ticket: Ticket, visit: int) -> list[Fact]:
    """Papers that are already there are not made out twice; nothing new is no fact."""
    had = ticket.visits[visit - 1].papers
    new = tuple(p for p in dict.fromkeys(command.papers) if p not in had)
    return [dispatch.PapersPrepared(visit=visit, papers=new)] if new else []
