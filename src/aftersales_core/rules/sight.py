"""可见: who sees which tickets, whose personal data in full, and what may be carried out. (H-65)

Pure, from the `[access]` of a playbook. Who looks is a question of today: ask it of the latest edition, not of the one a
ticket was opened under. `sees` says it of a ticket; `conditions` says the same of the rows of the board, the worklist and
the leftover register, so that a store never hands out what is not to be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Self

from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Where
from aftersales_core.state import Ticket

BETWEEN: Final = "、"
"""What stands before, between and behind the people in a column `assigned`; no id can contain it."""

_TAIL: Final = "^"
"""What begins the tail of an id that is not the only one to read so in small letters; no id can contain it either."""


PERSONAL: Final = frozenset({"customer", "phone", "address", "customer_key"})
"""Columns of views that say who a customer is."""


class Viewer(NamedTuple):
    """Somebody who looks.

    Attributes:
        actor: his name in the envelopes of facts and in the crews of visits.
        role: of the playbook; a role that it does not know sees by branch, masked.
        branches: the shops (门店) he works for; None for all of them, an empty set for none.
    """

    actor: str
    role: str
    branches: frozenset[str] | None = None

    @classmethod
    def of(cls, actor: str, role: str, branches: Iterable[str] = ()) -> Self:
        """A viewer by an account, where no branches mean all: a dealer with one shop names none."""
        return cls(actor, role, frozenset(branches) or None)


def sees(viewer: Viewer, ticket: Ticket, playbook: Playbook) -> bool:
    """Whether *viewer* may look at *ticket*.

    A role that sees what it is assigned to sees exactly the tickets for whose visits the viewer was ever named, whatever
    their branch: who was sent to a customer has to find his way there. Any other sees the tickets of his branches; one
    without a branch is seen by those with all branches, who can say whose it is.
    """
    if playbook.access.assigned_only(viewer.role):
        return viewer.actor in ticket.assigned
    return viewer.branches is None or ticket.branch in viewer.branches


def conditions(viewer: Viewer, playbook: Playbook) -> tuple[Where, ...]:
    """What holds of a row of `BOARD`, `WORKLIST` or `LEFTOVERS` exactly where *viewer* `sees` its ticket."""
    if playbook.access.assigned_only(viewer.role):
        return (Where("assigned", "contains", listed((viewer.actor,))),)
    return () if viewer.branches is None else (Where("branch", "in", tuple(sorted(viewer.branches))),)


def in_full(viewer: Viewer, playbook: Playbook) -> bool:
    """Whether names, telephone numbers and addresses of customers are shown to *viewer* as they are."""
    return viewer.role in playbook.access.full


def hidden(viewer: Viewer, playbook: Playbook) -> frozenset[str]:
    """Columns by which *viewer* may neither filter nor sort, for they are masked to him.

    Whether a row is found by a telephone number tells the number, and so does the cursor of a page that is sorted by it.
    """
    return frozenset() if in_full(viewer, playbook) else PERSONAL


def may_unmask(viewer: Viewer, playbook: Playbook) -> bool:
    """Whether *viewer*, to whom they are masked, may ask for them with a reason."""
    return viewer.role in playbook.access.unmask


def may_export(viewer: Viewer, playbook: Playbook) -> bool:
    """Whether *viewer* may carry data out: registers as files, the feed of facts."""
    return viewer.role in playbook.access.export


def listed(people: Sequence[str]) -> str:
    """Ids as one text, `、zhou-wei、li-lei、`, in which `listed` of one of them is contained and of nobody else; "" for nobody.

    `contains` minds no case, and two ids may differ in nothing else. So an id that has capitals carries a tail that no
    other has, `、Zhou^5a686f75、`.
    """
    # a viewer without a name is nobody, and must not come to "", which every text contains
    return f"{BETWEEN}{BETWEEN.join(map(_sign, people))}{BETWEEN}" if people else ""


def people_in(text: str) -> tuple[str, ...]:
    """The people that `listed` wrote as *text*."""
    found: list[str] = []
    left = text[1:-1].split(BETWEEN) if text else []
    while left:
        # from the end, where a tail tells the whole id, and so how many of those before belong to it
        actor = left.pop()
        _plain, tail, told = actor.rpartition(_TAIL)
        if tail:
            actor = bytes.fromhex(told).decode("utf-8", "surrogatepass")
            del left[len(left) - actor.count(BETWEEN) :]
        found.insert(0, actor)
    return tuple(found)


def _sign(actor: str) -> str:
    plain = actor == actor.lower() and BETWEEN not in actor and _TAIL not in actor
    return actor if plain else f"{actor}{_TAIL}{actor.encode('utf-8', 'surrogatepass').hex()}"
