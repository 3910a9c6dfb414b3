"""流转: the legal moves of tickets, visits, slips, leftover lines, sheets and complaints.

The tables are declared with `transitions` and compiled once, at import, to dictionaries; at run time only the
dictionaries are used. A test walks every cell of every table and finds that `transitions` agrees. The one module
that knows `transitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from transitions import Machine, State

NEW: Final = "NEW"
"""Where everything is before its first fact."""


class Move(NamedTuple):
    """One declared move: *trigger* (a fact's kind) leads from any of *sources* to *dest*, where *when* holds.

    A *dest* of None leaves the state as it is. Moves of one cell are tried in the order they are declared.
    """

    trigger: str
    sources: tuple[str, ...]
    dest: str | None
    when: tuple[str, ...] = ()


Holds: TypeAlias = Callable[[str], bool]


class Row(NamedTuple):
    """A compiled move within its cell: where to, and the names of the conditions that must hold."""

    dest: str
    when: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A compiled table of legal moves.

    Attributes:
        name: what it is the life of, e.g. `ticket`.
        states: every state, the starting one first.
        moves: the declaration, in order; diagrams and documents are made from it.
        cells: (state, trigger) → rows to try in order.
        allowed: state → triggers with a cell there.
        sources: trigger → states it has a cell in.
        plain: (state, trigger) → where it leads, for the cells without conditions.
    """

    name: str
    states: tuple[str, ...]
    moves: tuple[Move, ...]
    cells: Mapping[tuple[str, str], tuple[Row, ...]]
    allowed: Mapping[str, frozenset[str]]
    sources: Mapping[str, tuple[str, ...]]
    _landing: Mapping[str, tuple[Row, ...]]
    plain: Mapping[tuple[str, str], str]

    def step(self, state: str, trigger: str, holds: Holds) -> str | None:
        """Where *trigger* leads from *state*, or None where it is not legal."""
        for dest, when in self.cells.get((state, trigger), ()):
            for name in when:
                if not holds(name):
                    break
            else:
                return dest
        return None

    def land(self, state: str, trigger: str, holds: Holds) -> str:
        """Like `step`, but never refuses: an illegal move lands where the trigger leads from elsewhere.

        What is in the ledger outranks today's table; conformance tells the deviation, the fold goes on.
        """
        dest = self.plain.get((state, trigger)) or self.step(state, trigger, holds)
        if dest is not None:
            return dest
        for row in self._landing.get(trigger, ()):
            if all(map(holds, row.when)):
                return row.dest
        return state

    @property
    def triggers(self) -> tuple[str, ...]:
        return tuple(self.sources)


def machine(states: Iterable[str], moves: Iterable[Move], holds: Mapping[str, Callable[..., bool]]) -> Machine:
    """The `transitions` machine of a declaration, holding no state of its own."""
    return Machine(
        model=None,
        states=[State(name) for name in states],
        initial=NEW,
        auto_transitions=False,
        send_event=True,
        transitions=[
            {
                "trigger": move.trigger,
                "source": list(move.sources),
                # `transitions` leaves the state alone where dest is None, and that is what it means here
                "dest": move.dest,
                "conditions": [holds[name] for name in move.when],
            }
            for move in moves
        ],
    )


def compile_table(name: str, states: tuple[str, ...], moves: tuple[Move, ...]) -> Table:
    """Check a declaration and compile it by way of `transitions`.

    Raises:
        ValueError: a state that is not declared, one that cannot be reached, or a row that can never be tried.
    """
    known = set(states)
    for move in moves:
        strangers = ({*move.sources} | ({move.dest} if move.dest else set())) - known
        if strangers:
            raise ValueError(f"table {name!r}: {move.trigger!r} names unknown states {sorted(strangers)}")
    names = {condition for move in moves for condition in move.when}

    def never() -> bool:
        return False

    marks = {condition: (lambda _event, _name=condition: _name) for condition in names}
    by_mark = {id(mark): condition for condition, mark in marks.items()}
    built = machine(states, moves, {**marks, "": never})
    cells: dict[tuple[str, str], tuple[Row, ...]] = {}
    for trigger, event in built.events.items():
        for source, found in event.transitions.items():
            rows = tuple(
                Row(source if t.dest is None else t.dest, tuple(by_mark[id(c.func)] for c in t.conditions))
                for t in found
            )
            for earlier, later in pairwise(rows):
                if not earlier.when:
                    raise ValueError(f"table {name!r}: {trigger!r} from {source!r} to {later.dest!r} is never tried")
            cells[source, trigger] = rows
    reached = {NEW} | {row.dest for rows in cells.values() for row in rows}
    if known - reached:
        raise ValueError(f"table {name!r}: nothing leads to {sorted(known - reached)}")
    triggers = tuple(dict.fromkeys(move.trigger for move in moves))
    return Table(
        name=name,
        states=states,
        moves=moves,
        cells=cells,
        allowed={s: frozenset(t for (x, t) in cells if x == s) for s in states},
        sources={t: tuple(s for s in states if (s, t) in cells) for t in triggers},
        _landing={
            t: tuple(Row(m.dest, m.when) for m in moves if m.trigger == t and m.dest is not None) for t in triggers
        },
        plain={cell: rows[0].dest for cell, rows in cells.items() if not rows[0].when},
    )


_OPEN = ("REPORTED", "TRIAGED", "DISPATCHED", "INSTALLED", "AWAITING_GOODS", "READY", "REVISITED")
_AFTER_VISIT = ("DISPATCHED", "INSTALLED", "AWAITING_GOODS", "READY", "REVISITED")
_BOOKABLE = ("TRIAGED", "READY")
_LEFT = ("AWAITING_GOODS", "READY")
_KEPT = (*_OPEN, "CLOSED")
_ANY = (*_KEPT, "CANCELLED")

TICKET: Final = compile_table(
    "ticket",
    (NEW, "REPORTED", "TRIAGED", "DISPATCHED", "INSTALLED", "AWAITING_GOODS", "READY", "REVISITED", "CLOSED", "CANCELLED"),
    (
        Move("reported",             (NEW,),                    "REPORTED"),
        *(Move("imported",           (NEW,),                    stage, (f"imported-as-{stage}",))
          for stage in ("REPORTED", "TRIAGED", "READY", "AWAITING_GOODS", "INSTALLED", "REVISITED", "CLOSED")),
        Move("acknowledged",         _OPEN,                     None),
        Move("amended",              _OPEN,                     None),
        Move("diagnosed",            _OPEN,                     None),
        Move("ruled",                _OPEN,                     None),
        Move("quoted",               _OPEN,                     None),
        Move("remedy-agreed",        _OPEN,                     None),
        Move("triaged",              ("REPORTED", "TRIAGED"),   "TRIAGED"),
        Move("solved-remotely",      ("TRIAGED",),              None),
        Move("cancelled",            ("REPORTED", "TRIAGED", "DISPATCHED"), "CANCELLED", ("never-installed",)),
        Move("cancelled",            _LEFT,                     "CANCELLED", ("never-installed",)),
        Move("appointment-made",     _BOOKABLE,                 None),
        Move("appointment-moved",    (*_BOOKABLE, "DISPATCHED"), None),
        Move("papers-prepared",      (*_BOOKABLE, "DISPATCHED"), None),
        Move("dispatched",           _BOOKABLE,                 "DISPATCHED"),
        Move("reassigned",           ("DISPATCHED",),           None),
        Move("goods-drawn",          ("DISPATCHED",),           None),
        Move("arrival-confirmed",    ("DISPATCHED",),           None),
        Move("departed",             ("DISPATCHED",),           None),
        Move("arrived",              ("DISPATCHED",),           None),
        Move("visit-missed",         ("DISPATCHED",),           None),
        Move("checks-ticked",        _AFTER_VISIT,              None),
        Move("payment-collected",    _AFTER_VISIT,              None),
        Move("installed",            ("TRIAGED",),              "INSTALLED", ("remote",)),
        Move("installed",            ("DISPATCHED",),           "AWAITING_GOODS", ("goods-outstanding",)),
        Move("installed",            ("DISPATCHED",),           "READY", ("lines-open",)),
        Move("installed",            ("DISPATCHED",),           "INSTALLED"),
        Move("accepted",             _AFTER_VISIT,              None),
        Move("slip-handed-in",       _AFTER_VISIT,              None),
        Move("slip-refused",         _AFTER_VISIT,              None),
        Move("slip-approved",        _AFTER_VISIT,              None),
        Move("slip-sent-back",       ("INSTALLED",),            "READY"),
        Move("slip-sent-back",       ("DISPATCHED", "AWAITING_GOODS", "READY"), None),
        Move("slip-passed-on",       _AFTER_VISIT,              None),
        Move("slip-registered",      _AFTER_VISIT,              None),
        Move("leftover-raised",      ("DISPATCHED",),           "DISPATCHED", ("visit-under-way",)),
        Move("leftover-raised",      ("TRIAGED", *_AFTER_VISIT), "AWAITING_GOODS", ("goods-outstanding",)),
        Move("leftover-raised",      ("TRIAGED", *_AFTER_VISIT), "READY"),
        Move("leftover-written",     _AFTER_VISIT,              None),
        Move("sheet-issued",         _LEFT,                     None),
        Move("sheet-reviewed",       _LEFT,                     None),
        Move("leftover-confirmed",   _AFTER_VISIT,              None),
        Move("liability-ruled",      _AFTER_VISIT,              None),
        Move("goods-ordered",        ("AWAITING_GOODS",),       None),
        Move("form-uploaded",        _AFTER_VISIT,              None),
        Move("goods-promised",       ("AWAITING_GOODS",),       None),
        Move("goods-shipped",        ("AWAITING_GOODS",),       None),
        Move("line-waived",          ("AWAITING_GOODS",),       "AWAITING_GOODS", ("goods-outstanding",)),
        Move("line-waived",          _LEFT,                     "READY", ("lines-open",)),
        Move("line-waived",          _LEFT,                     "READY", ("work-sent-back",)),
        Move("line-waived",          _LEFT,                     "INSTALLED", ("ever-installed",)),
        Move("line-waived",          _LEFT,                     "TRIAGED"),
        Move("goods-inspected",      ("AWAITING_GOODS",),       None),
        Move("goods-rejected",       _LEFT,                     None),
        Move("goods-arrived",        ("AWAITING_GOODS",),       "AWAITING_GOODS", ("goods-outstanding",)),
        Move("goods-arrived",        ("AWAITING_GOODS",),       "READY"),
        Move("arrival-notified",     (*_LEFT, "DISPATCHED"),    None),
        Move("revisit-attempted",    ("INSTALLED", *_LEFT, "DISPATCHED"), None),
        Move("revisited",            ("INSTALLED",),            "REVISITED", ("class-a-satisfied",)),
        Move("revisited",            ("INSTALLED",),            "REVISITED", ("complaint",)),
        Move("revisited",            ("INSTALLED",),            "READY", ("work-sent-back",)),
        Move("revisited",            ("INSTALLED",),            "INSTALLED"),
        Move("revisited",            (*_LEFT, "DISPATCHED"),    None),
        Move("revisit-registered",   _AFTER_VISIT,              None),
        Move("revisit-shared",       (*_AFTER_VISIT, "CLOSED"), None),
        Move("complaint-lodged",     _OPEN,                     None),
        Move("complaint-investigated", _OPEN,                   None),
        Move("complaint-rectified",  _OPEN,                     None),
        Move("old-goods-returned",   _AFTER_VISIT,              None),
        Move("appointment-confirmed", (*_BOOKABLE, "DISPATCHED"), None),
        Move("time-requested",       (*_BOOKABLE, "DISPATCHED"), None),
        Move("service-rated",        (*_AFTER_VISIT, "CLOSED"), None),
        Move("paper-moved",          _KEPT,                     None),
        Move("file-attached",        _KEPT,                     None),
        Move("fields-filled",        _KEPT,                     None),
        Move("notice-given",         _KEPT,                     None),
        Move("followed-up",          _KEPT,                     None),
        Move("archived",             ("REVISITED", "CLOSED"),   None),
        Move("closed",               ("REVISITED",),            "CLOSED", ("nothing-open",)),
        Move("reopened",             ("CLOSED",),               "TRIAGED"),
        Move("corrected",            _ANY,                      None),
    ),
)  # fmt: skip
"""The ticket's stages. `NEW` is before the first fact."""

VISIT: Final = compile_table(
    "visit",
    (NEW, "PLANNED", "DISPATCHED", "EN_ROUTE", "ON_SITE", "MISSED", "DONE", "ACCEPTED", "ENDED"),
    (
        Move("appointment-made",  (NEW,),                                  "PLANNED"),
        Move("appointment-moved", ("PLANNED", "DISPATCHED"),               None),
        Move("appointment-moved", ("MISSED",),                             "DISPATCHED"),
        Move("papers-prepared",   ("PLANNED", "DISPATCHED", "MISSED"),     None),
        Move("solved-remotely",   ("PLANNED",),                            "ENDED"),
        Move("dispatched",        ("PLANNED",),                            "DISPATCHED"),
        Move("reassigned",        ("DISPATCHED", "MISSED"),                None),
        Move("goods-drawn",       ("DISPATCHED",),                         None),
        Move("arrival-confirmed", ("DISPATCHED",),                         None),
        Move("departed",          ("DISPATCHED",),                         "EN_ROUTE"),
        Move("arrived",           ("DISPATCHED", "EN_ROUTE"),              "ON_SITE"),
        Move("visit-missed",      ("DISPATCHED", "EN_ROUTE", "ON_SITE"),   "MISSED"),
        Move("checks-ticked",     ("DISPATCHED", "EN_ROUTE", "ON_SITE", "DONE"), None),
        Move("payment-collected", ("ON_SITE", "DONE", "ACCEPTED"),         None),
        Move("installed",         ("DISPATCHED", "EN_ROUTE", "ON_SITE"),   "DONE"),
        Move("leftover-raised",   ("DISPATCHED", "EN_ROUTE", "ON_SITE"),   "ENDED"),
        Move("leftover-raised",   ("DONE", "ACCEPTED", "ENDED"),           None),
        Move("accepted",          ("DONE", "ACCEPTED"),                    "ACCEPTED"),
        Move("appointment-confirmed", ("PLANNED", "DISPATCHED"),           None),
        Move("time-requested",    ("PLANNED", "DISPATCHED"),               None),
        Move("service-rated",     ("DONE", "ACCEPTED"),                    None),
    ),
)  # fmt: skip
"""A visit: booked, sent, on the way, on site, done, accepted; or missed, or ended with nothing installed."""

SLIP: Final = compile_table(
    "slip",
    (NEW, "HANDED_IN", "REFUSED", "APPROVED", "SENT_BACK", "PASSED_ON", "REGISTERED"),
    (
        Move("slip-handed-in",  (NEW, "REFUSED", "SENT_BACK"), "HANDED_IN"),
        Move("slip-refused",    ("HANDED_IN",),                "REFUSED"),
        Move("slip-approved",   ("HANDED_IN",),                "APPROVED"),
        Move("slip-sent-back",  ("HANDED_IN",),                "SENT_BACK"),
        Move("slip-passed-on",  ("APPROVED",),                 "PASSED_ON"),
        Move("slip-registered", ("PASSED_ON",),                "REGISTERED"),
        Move("revisited",       ("PASSED_ON", "REGISTERED"),   "SENT_BACK", ("slip-sent-back",)),
    ),
)  # fmt: skip
"""The slip of one visit."""

LINE: Final = compile_table(
    "line",
    (NEW, "RAISED", "ORDERED", "SHIPPED", "PART_IN", "IN", "DRAWN", "SETTLED", "WAIVED"),
    (
        Move("leftover-raised", (NEW,),                                "RAISED"),
        Move("goods-ordered",   ("RAISED",),                           "ORDERED", ("needs-goods",)),
        Move("goods-promised",  ("ORDERED", "SHIPPED", "PART_IN"),     None),
        Move("goods-shipped",   ("ORDERED",),                          "SHIPPED"),
        Move("goods-shipped",   ("SHIPPED", "PART_IN"),                None),
        Move("goods-inspected", ("ORDERED", "SHIPPED", "PART_IN"),     None),
        Move("goods-rejected",  ("ORDERED", "SHIPPED", "PART_IN", "IN"), None),
        Move("goods-arrived",   ("ORDERED", "SHIPPED", "PART_IN"),     "IN", ("all-in",)),
        Move("goods-arrived",   ("ORDERED", "SHIPPED", "PART_IN"),     "PART_IN"),
        Move("goods-drawn",     ("IN",),                               "DRAWN", ("all-drawn",)),
        Move("goods-drawn",     ("IN",),                               None),
        Move("installed",       ("RAISED",),                           "SETTLED", ("no-goods",)),
        Move("installed",       ("IN", "DRAWN"),                       "SETTLED"),
        Move("line-waived",     ("RAISED", "ORDERED", "SHIPPED", "PART_IN", "IN", "DRAWN"), "WAIVED"),
    ),
)  # fmt: skip
"""One leftover line, with goods or without."""

SHEET: Final = compile_table(
    "sheet",
    (NEW, "ISSUED", "RETURNED", "REVIEWED"),
    (
        Move("sheet-issued",   (NEW, "RETURNED"), "ISSUED"),
        Move("sheet-reviewed", ("ISSUED",),       "REVIEWED", ("approved",)),
        Move("sheet-reviewed", ("ISSUED",),       "RETURNED"),
    ),
)  # fmt: skip
"""The handling sheet of one leftover order."""

COMPLAINT: Final = compile_table(
    "complaint",
    (NEW, "LODGED", "INVESTIGATED", "RECTIFIED"),
    (
        Move("complaint-lodged",       (NEW,),                     "LODGED"),
        Move("complaint-investigated", ("LODGED", "INVESTIGATED"), "INVESTIGATED"),
        Move("complaint-rectified",    ("INVESTIGATED",),          "RECTIFIED"),
    ),
)  # fmt: skip
"""One complaint."""

_HANDED = ("HANDED_IN", "REVIEWED", "APPROVED", "PASSED_ON", "REGISTERED")

PAPER: Final = compile_table(
    "paper",
    (NEW, "MADE_OUT", "HANDED_IN", "REFUSED", "REVIEWED", "APPROVED", "PASSED_ON", "REGISTERED", "ARCHIVED"),
    (
        Move("paper-moved", (NEW, "REFUSED"),                          "MADE_OUT",   ("made-out",)),
        Move("paper-moved", (NEW, "MADE_OUT", "REFUSED"),              "HANDED_IN",  ("handed-in",)),
        Move("paper-moved", ("HANDED_IN", "REVIEWED", "APPROVED"),     "REFUSED",    ("refused",)),
        Move("paper-moved", (NEW, "MADE_OUT", "HANDED_IN"),            "REVIEWED",   ("reviewed",)),
        Move("paper-moved", ("MADE_OUT", "HANDED_IN", "REVIEWED"),     "APPROVED",   ("approved",)),
        Move("paper-moved", ("MADE_OUT", "HANDED_IN", "REVIEWED", "APPROVED"), "PASSED_ON", ("passed-on",)),
        Move("paper-moved", ("MADE_OUT", "HANDED_IN", "REVIEWED", "APPROVED", "PASSED_ON"), "REGISTERED", ("registered",)),
        Move("paper-moved", ("MADE_OUT", *_HANDED),                    "ARCHIVED",   ("archived",)),
    ),
)  # fmt: skip
"""The life of a form that has no facts of its own; which of the steps it takes, and in which order, says the playbook."""

LOG: Final = compile_table(
    "log",
    (NEW, "OPEN"),
    tuple(
        Move(kind, (NEW, "OPEN"), "OPEN")
        for kind in (
            "routine-done",
            # of the log of accesses
            "account-opened", "account-changed", "password-set", "signed-in", "sign-in-refused", "signed-out", "token-issued",
            "token-revoked", "shown-in-full", "carried-out", "link-issued", "link-revoked",
        )
    ),
)  # fmt: skip
"""The log of the house, which is open from its first entry on."""

TABLES: Final = (TICKET, VISIT, SLIP, LINE, SHEET, COMPLAINT, PAPER, LOG)
"""Every table of the house, for diagrams, documents and tests."""
