"""部件: changing one visit, slip, line or complaint of a ticket that is being folded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from msgspec.structs import force_setattr, replace

from aftersales_core.moves import COMPLAINT, LINE, SLIP, VISIT
from aftersales_core.state.ticket import Complaint, Leftover, Line, Part, Ticket, Visit


class Told(Protocol):
    """What a fold may ask about the telling of a fact: an entry, or the head of a stored row."""

    @property
    def occurred_at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def playbook(self) -> str: ...


_VISIT_PLAIN: Final = VISIT.plain.get
_copied: Final = Part.__copy__  # type: ignore[attr-defined]
"""What `copy.copy` finds and calls; to find it takes a fifth of a change (0.78 instead of 0.64 µs)."""

P = TypeVar("P", bound=Part)


def changed(part: P, changes: Mapping[str, Any]) -> P:
    """*part* with *changes*, as `msgspec.structs.replace` makes it in half the time; every fold of a history comes through here.

    Raises:
        AttributeError: there is no such field.
    """
    after: P = _copied(part)
    for name, value in changes.items():
        # nobody has seen the copy yet
        force_setattr(after, name, value)
    return after


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
    while len(visits) < no:
        visits = (*visits, Visit(len(visits) + 1))
    old = visits[no - 1]
    new = _copied(old)
    for name, value in changes.items():  # `changed`, in place: most facts of a ticket come through here
        force_setattr(new, name, value)
    state = _VISIT_PLAIN((old.state, kind))
    if state is None and kind in VISIT.sources:
        state = VISIT.land(old.state, kind, nothing)
    if state is not None:
        force_setattr(new, "state", state)
    t.visits = (new,) if len(visits) == 1 else (*visits[: no - 1], new, *visits[no:])


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
    slip = replace(found.slip, state=state, handed_in_at=None, approved_at=None, passed_on_at=None, registered_at=None)
    t.visits = tuple(replace(v, slip=slip) if v.no == no else v for v in t.visits)


def change_complaint(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    """Change complaint *no*, making it where a torn history lacks it."""
    known = t.complaints
    while len(known) < no:
        known = (*known, Complaint(len(known) + 1))
    old = known[no - 1]
    new = replace(old, state=COMPLAINT.land(old.state, kind, nothing), **changes)
    t.complaints = (*known[: no - 1], new, *known[no:])
