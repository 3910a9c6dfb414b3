"""去处: where one can go in the office, by what one's role may do there."""

from __future__ import annotations

from typing import Final, NamedTuple

from aftersales_core.playbooks import Playbook
from aftersales_web.access.gate import Who


class Place(NamedTuple):
    """A page in the navigation.

    Attributes:
        key: typed after `g` to go there.
        commands: it is for roles that may give one of these; for everybody where empty.
        phone: stands in the tabs of a phone.
    """

    name: str
    href: str
    icon: str
    key: str
    commands: tuple[str, ...] = ()
    admin: bool = False
    phone: bool = True


PLACES: Final = (
    Place("today", "/", "calendar-event", "t"),
    Place("board", "/board", "layout-kanban", "b"),
    Place("plan", "/plan", "calendar-week", "d", ("make-appointment", "dispatch", "reassign"), phone=False),
    Place("tickets", "/tickets", "ticket", "s", phone=False),
    Place("visits", "/visits", "tool", "v", ("depart", "complete-visit")),
    Place("calls", "/calls", "phone-call", "c", ("revisit", "attempt-revisit")),
    Place("warehouse", "/warehouse", "building-warehouse", "w", ("inspect-goods", "receive-goods", "order-goods", "ship-goods", "review-sheet", "issue-sheet")),
    Place("papers", "/papers", "file-text", "f", phone=False),
    Place("clauses", "/clauses", "list-check", "l", phone=False),
    Place("rules", "/rules", "adjustments", "r", admin=True, phone=False),
    Place("people", "/people", "users", "p", admin=True, phone=False),
    Place("accesses", "/accesses", "shield-lock", "a", admin=True, phone=False),
)


class Shown(NamedTuple):
    """A place as it stands in the navigation of a page."""

    name: str
    href: str
    icon: str
    key: str
    phone: bool
    current: bool


def places_of(who: Who | None, playbook: Playbook, path: str) -> list[Shown]:
    """Where *who* can go, with the one he is at marked; nowhere for nobody."""
    if who is None:
        return []
    found = []
    for each in PLACES:
        if each.admin and not who.admin:
            continue
        if each.commands and not any(who.role in playbook.duties[command].roles for command in each.commands):
            continue
        current = path == each.href or (each.href != "/" and path.startswith(each.href + "/"))
        found.append(Shown(each.name, each.href, each.icon, each.key, each.phone, current))
    return found
