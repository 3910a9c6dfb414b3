"""部件: changing one visit, slip, line or complaint of a ticket that is being folded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from aftersales_core.moves import COMPLAINT, LINE, SLIP, VISIT
from aftersales_core.state.ticket import Call, Complaint, Leftover, Line, Slip, Ticket, Visit

_PLACES: Final = {
    cls: {name: at for at, name in enumerate(cls._fields)} for cls in (Visit, Slip, Line, Leftover, Call, Complaint)
}


class Told(Protocol):
    """What a fold may ask about the telling of a fact: an entry, or the head of a stored row."""

    @property
    def occurred_at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def playbook(self) -> str: ...


_VISIT: Final = _PLACES[Visit]
_VISIT_STATE: Final = _VISIT["state"]
_VISIT_PLAIN: Final = VISIT.plain.get
_UNTOUCHED: Final = Visit(0)[1:]

P = TypeVar("P", Visit, Slip, Line, Leftover, Call, Complaint)


def changed(part: P, changes: dict[str, Any]) -> P:
    """*part* with *changes*, as `_replace` makes it in a third of the time; every fold of a history comes through here.

    Raises:
        KeyError: there is no such field.
    """
    cls = type(part)
    places = _PLACES[cls]
    values = list(part)
    for name, value in changes.items():
        values[places[name]] = value
    return tuple.__new__(cls, values)


def nothing(_name: str) -> bool:
    """No condition holds."""
    return False


def more(had: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """*had* and what is new in *new*, each once; *new* itself where that is all, for many tickets have the same."""
    if not had and len(set(new)) == len(new):
        return new
    return tuple(dict.fromkeys((*had, *new)))


def change_visit(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    """Change visit *no*, making it (and any before it) where a torn history lacks it."""
    visits = t.visits
    count = len(visits)
    while count < no:
        count += 1
        visits = (*visits, tuple.__new__(Visit, (count, *_UNTOUCHED)))
    old = visits[no - 1]
    values = [*old]
    for name, value in changes.items():
        values[_VISIT[name]] = value
    if (state := _VISIT_PLAIN((old.state, kind))) is not None:
        values[_VISIT_STATE] = state
    elif kind in VISIT.sources:
        values[_VISIT_STATE] = VISIT.land(old.state, kind, nothing)
    new = tuple.__new__(Visit, values)
    t.visits = (new,) if count == 1 else (*visits[: no - 1], new, *visits[no:])


def change_slip(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    """Change the slip of visit *no*."""
    old = (t.find_visit(no) or Visit(no)).slip
    changes["state"] = SLIP.plain.get((old.state, kind)) or SLIP.land(old.state, kind, nothing)
    change_visit(t, no, kind, slip=changed(old, changes))


def change_leftover(t: Ticket, no: int, **changes: Any) -> None:
    """Change leftover order *no*, making it where a torn history lacks it."""
    orders = t.leftovers
    while len(orders) < no:
        orders = (*orders, Leftover(len(orders) + 1))
    t.leftovers = (*orders[: no - 1], changed(orders[no - 1], changes), *orders[no:])


def change_line(t: Ticket, line_id: str, kind: str, change: Callable[[Line], dict[str, Any]]) -> None:
    """Change one line; a line the ticket does not have is passed over."""
    for order in t.leftovers:
        for at, old in enumerate(order.lines):
            if old.id == line_id:
                new = changed(old, change(old))
                truths = {
                    "needs-goods": new.needs_goods,
                    "no-goods": not new.needs_goods,
                    "all-in": new.arrived >= new.qty,
                    "all-drawn": new.drawn >= new.qty,
                }
                new = changed(new, {"state": LINE.land(old.state, kind, truths.__getitem__)})
                change_leftover(t, order.no, lines=(*order.lines[:at], new, *order.lines[at + 1 :]))
                return


def send_slip_back(t: Ticket, no: int) -> None:
    """The call-back sent the slip of visit *no* back: it has its whole way to go again."""
    found = t.find_visit(no) or Visit(no)
    state = SLIP.land(found.slip.state, "revisited", lambda _name: True)
    slip = found.slip._replace(state=state, handed_in_at=None, approved_at=None, passed_on_at=None, registered_at=None)
    t.visits = tuple(v._replace(slip=slip) if v.no == no else v for v in t.visits)


def change_complaint(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    """Change complaint *no*, making it where a torn history lacks it."""
    known = t.complaints
    while len(known) < no:
        known = (*known, Complaint(len(known) + 1))
    old = known[no - 1]
    new = old._replace(state=COMPLAINT.land(old.state, kind, nothing), **changes)
    t.complaints = (*known[: no - 1], new, *known[no:])
