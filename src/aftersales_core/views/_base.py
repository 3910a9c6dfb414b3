"""视图: what people look at. A view is a pure fold; a store only keeps its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from aftersales_core.facts import Entry
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.state import Ticket

R = TypeVar("R")

OfTicket: TypeAlias = Callable[[Ticket, Playbook], Iterable[R]]
"""All rows a ticket has, from its state; they replace those it had."""

OfEntry: TypeAlias = Callable[[Entry, Ticket], Iterable[R]]
"""Rows one entry adds, with the ticket as it is after it."""

OfHistory: TypeAlias = Callable[[Sequence[Entry], Ticket, Playbook], Iterable[R]]
"""All rows a ticket has, from its history read as corrected, with its state: for words a state does not keep."""


@dataclass(frozen=True, slots=True)
class View(Generic[R]):
    """A read model: a *shape*, and how rows come from facts.

    Exactly one of *of_ticket*, *of_entry* and *of_history* is given. A changed fold is a new edition of the shape.

    Attributes:
        kinds: the kinds of facts that *of_history* looks at; entries of others may be left out of what it is given. None
            where it wants them all.
    """

    shape: Shape[R]
    of_ticket: OfTicket[R] | None = None
    of_entry: OfEntry[R] | None = None
    of_history: OfHistory[R] | None = None
    kinds: frozenset[str] | None = None

    @property
    def name(self) -> str:
        return self.shape.name
