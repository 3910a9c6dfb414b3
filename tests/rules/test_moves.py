"""The legal moves: the compiled tables agree with `transitions`, and the vocabularies with the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from transitions import EventData, MachineError

from aftersales_core.facts import KINDS, LOG_KINDS, MILESTONES
from aftersales_core.moves import LOG, NEW, TABLES, TICKET, Move, Table, compile_table, machine
from aftersales_core.rules import COMMANDS, EVERY_COMMAND
from aftersales_core.rules.access import ACCESS_COMMANDS
from aftersales_core.state.conditions import TICKET_CONDITIONS
from aftersales_core.state.folds import APPLY

BY_NAME = {table.name: table for table in TABLES}
_LINE = {"needs-goods": False, "no-goods": True, "all-in": True}


@dataclass(slots=True)
class Thing:
    """What `transitions` moves in the oracle: something slotted with a state."""

    state: str


def _cells(table: Table) -> Iterator[tuple[str, str, dict[str, bool]]]:
    """Every state × trigger × truth of the conditions that the trigger asks for anywhere."""
    for state, trigger in product(table.states, table.triggers):
        names = sorted({name for move in table.moves if move.trigger == trigger for name in move.when})
        for truths in product((True, False), repeat=len(names)):
            yield state, trigger, dict(zip(names, truths, strict=True))


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_the_compiled_table_agrees_with_transitions_on_every_cell(table: Table) -> None:
    truths: dict[str, bool] = {}

    def asks(name: str) -> Callable[[EventData], bool]:
        return lambda _event: truths[name]

    oracle = machine(table.states, table.moves, {n: asks(n) for move in table.moves for n in move.when})
    seen = 0
    for state, trigger, truths in _cells(table):
        thing = Thing(state)
        try:
            expected = thing.state if oracle.events[trigger].trigger(thing) else None
        except MachineError:
            expected = None
        seen += 1

        assert table.step(state, trigger, truths.__getitem__) == expected, (state, trigger, truths)
        assert (expected is None) or trigger in table.allowed[state]
    assert seen >= len(table.states) * len(table.triggers)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_cells_sources_and_allowed_say_the_same(table: Table) -> None:
    assert {(s, t) for s, ts in table.allowed.items() for t in ts} == set(table.cells)
    assert {(s, t) for t, ss in table.sources.items() for s in ss} == set(table.cells)
    assert table.states[0] == NEW
    assert {row.dest for rows in table.cells.values() for row in rows} <= set(table.states)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_landing_never_refuses_and_steps_where_it_is_legal(table: Table) -> None:
    for state, trigger, truths in _cells(table):
        landed = table.land(state, trigger, truths.__getitem__)
        stepped = table.step(state, trigger, truths.__getitem__)

        assert landed in table.states
        assert stepped in {None, landed}


def test_an_illegal_move_lands_where_the_trigger_leads_from_elsewhere() -> None:
    holds = {"never-installed": True}.__getitem__

    assert TICKET.step("CLOSED", "cancelled", holds) is None
    assert TICKET.land("CLOSED", "cancelled", holds) == "CANCELLED"
    assert TICKET.land("CLOSED", "acknowledged", holds) == "CLOSED"


@pytest.mark.parametrize(
    ("states", "moves", "says"),
    [
        ((NEW, "A"), (Move("go", (NEW,), "B"),), "unknown states ['B']"),
        ((NEW, "A"), (Move("go", (NEW, "AA"), "A"),), "unknown states ['AA']"),
        ((NEW, "A", "B"), (Move("go", (NEW,), "A"), Move("on", ("B",), "A")), "nothing leads to ['B']"),
        ((NEW, "A"), (Move("go", (NEW,), "A"), Move("go", (NEW,), NEW)), "'go' from 'NEW' to 'NEW' is never tried"),
        ((NEW, "A"), (Move("go", (NEW,), None), Move("go", (NEW,), "A", ("x",))), "is never tried"),
    ],
    ids=["typo in a destination", "typo in a source", "unreachable", "shadowed", "shadowed by one that stays"],
)
def test_a_table_with_a_mistake_does_not_compile(states: tuple[str, ...], moves: tuple[Move, ...], says: str) -> None:
    with pytest.raises(ValueError, match="table 'toy'") as caught:
        compile_table("toy", states, moves)

    assert says in str(caught.value)


def test_moves_of_a_cell_are_tried_in_the_order_they_are_declared() -> None:
    table = compile_table("toy", (NEW, "A", "B"), (Move("go", (NEW,), "A", ("x",)), Move("go", (NEW,), "B")))

    assert table.step(NEW, "go", lambda _: True) == "A"
    assert table.step(NEW, "go", lambda _: False) == "B"
    assert table.step("A", "go", lambda _: True) is None


def test_the_ticket_table_asks_for_exactly_the_conditions_there_are() -> None:
    assert {name for move in TICKET.moves for name in move.when} == set(TICKET_CONDITIONS)


def test_the_ticket_table_knows_every_kind_of_fact_and_no_other() -> None:
    assert set(TICKET.triggers) == set(KINDS) - LOG_KINDS
    assert set(LOG.triggers) == LOG_KINDS
    assert set(MILESTONES) <= set(KINDS)


@pytest.mark.parametrize("table", TABLES[1:], ids=lambda t: t.name)
def test_the_tables_of_parts_are_moved_by_facts_only(table: Table) -> None:
    assert set(table.triggers) <= set(KINDS)


def test_every_kind_has_one_fold_and_one_name() -> None:
    assert set(APPLY) == set(KINDS)


def test_every_command_makes_a_fact_that_has_a_cell_somewhere() -> None:
    without = [name for name, cls in COMMANDS.items() if not TICKET.sources.get(cls.fact.kind)]

    assert without == []


def test_every_kind_of_fact_is_made_by_some_command() -> None:
    made = {cls.fact.kind for cls in (*EVERY_COMMAND.values(), *ACCESS_COMMANDS.values())}

    assert made == set(KINDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_about_a_part_moves_a_table_of_that_part(name: str) -> None:
    cls = COMMANDS[name]
    if cls.thing in BY_NAME and cls.thing != "complaint":
        assert cls.fact.kind in BY_NAME[cls.thing].triggers
    else:
        assert cls.thing in {None, "leftover", "complaint"}


def test_the_only_way_into_a_ticket_is_a_report_or_an_import() -> None:
    assert TICKET.allowed[NEW] == {"reported", "imported"}


def test_nothing_but_a_correction_moves_a_cancelled_ticket() -> None:
    assert TICKET.allowed["CANCELLED"] == {"corrected"}
