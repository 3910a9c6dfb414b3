"""`legal_moves` is what `decide` would say: closed moves are refused with that reason, open ones are taken."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.rules.strategies import WORDS, Life, lives

from aftersales_core.errors import Refused
from aftersales_core.moves import TICKET
from aftersales_core.rules import COMMANDS, decide, legal_moves, preset, refusals
from aftersales_core.state import Ticket
from aftersales_core.testing import TRAILS, scene_at

law = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a life shrinks for minutes and is readable as it is
)
BOOK = preset()
WORDLESS = sorted(
    name
    for name, cls in COMMANDS.items()
    if not any(f.is_required() for n, f in cls.model_fields.items() if n not in {
        "ticket", "command_id", "occurred_at", "actor", "role"})
    and not any(need.of == "command" for need in BOOK.requirements.get(name, ()))
    and name not in {"amend"}
)  # fmt: skip
"""Commands that say nothing but their name."""


def _first(options):  # type: ignore[no-untyped-def]
    return options[0]


@law
@given(lives())
def test_a_closed_move_is_refused_by_decide_for_its_first_reason(life: Life) -> None:
    for role in (None, "installer", "cs_specialist"):
        for move in legal_moves(life.ticket, BOOK, role):
            hard = [r for r in move.refusals if not r.soft]
            assert move.open == (not hard)
            if move.open or (move.command == "correct" and not life.history):
                continue
            words = WORDS[move.command](life, _first)
            command = life.command(move.command, role, **words)
            with pytest.raises(Refused) as caught:
                decide(command, life.ticket, BOOK, life.history)
            said = {r.code for r in refusals(command, life.ticket, BOOK)}

            # the words themselves may be wrong as well, but what the ticket does not allow stays said
            assert caught.value.code in said
            codes = {r.code for r in hard}
            if codes & {"no-line-there", "nothing-bad-to-send-back"}:  # a command names its line, and then it is that line that is not there
                codes |= {"no-such-line", "part-not-there"}
            assert codes & said


@law
@given(lives())
def test_an_open_move_without_words_is_taken(life: Life) -> None:
    for move in legal_moves(life.ticket, BOOK):
        if move.command in WORDLESS and not move.refusals:
            role = "install_supervisor" if move.command == "accept-work" else None

            facts = decide(life.command(move.command, role), life.ticket, BOOK, life.history)

            assert {f.kind for f in facts} <= {COMMANDS[move.command].fact.kind}


def test_there_are_commands_without_words() -> None:
    assert {"depart", "approve-slip", "pass-on-slip", "register-slip", "register-revisit"} <= set(WORDLESS)


@law
@given(lives())
def test_what_a_role_may_anybody_may_and_never_the_other_way_round(life: Life) -> None:
    anybody = {m.command: m.open for m in legal_moves(life.ticket, BOOK)}
    for role in BOOK.roles:
        for move in legal_moves(life.ticket, BOOK, role):
            assert anybody[move.command] or not move.open
            if role not in BOOK.duties[move.command].roles:
                assert move.refusals[0].code == "role-may-not"
                assert not move.open


@law
@given(lives())
def test_a_move_that_is_open_has_a_cell_in_the_table(life: Life) -> None:
    for move in legal_moves(life.ticket, BOOK):
        if move.open:
            assert COMMANDS[move.command].fact.kind in TICKET.allowed[life.ticket.stage]


def test_every_command_is_listed_once_and_in_the_order_of_the_vocabulary() -> None:
    assert [m.command for m in legal_moves(Ticket("AS-1"), BOOK)] == list(COMMANDS)


def test_a_ticket_that_is_not_there_can_only_be_opened() -> None:
    moves = legal_moves(Ticket("AS-1"), BOOK)

    assert {m.command for m in moves if m.open} == {"report", "import-ticket"}
    closed = {m.refusals[-1].code for m in moves if not m.open}
    assert "no-such-ticket" in closed


@pytest.mark.parametrize("trail", sorted(TRAILS))
def test_on_every_trail_the_next_step_is_open_for_its_role(trail: str) -> None:
    places = list(TRAILS[trail].items())
    for (here, _), (_there, steps) in pairwise(places):
        scene = scene_at(trail, here)

        found = scene.move(steps[0].command, steps[0].role)

        assert found.open, (here, steps[0].command, found.refusals)


def test_a_soft_guard_leaves_the_move_open_and_says_so() -> None:
    scene = scene_at("维修", "已完工")
    scene.when("accept-work", "installer", by="customer", signed_by="王芳").when("hand-in-slip", "installer")

    move = scene.move("approve-slip", "install_supervisor")

    assert move.open
    assert [(r.code, r.soft) for r in move.refusals] == [("no-score", True)]


def test_a_closed_move_names_clause_what_is_missing_and_the_way_on() -> None:
    scene = scene_at("安装有遗留", "遗留已登记")

    refusal = next(r for r in scene.move("make-appointment").refusals)

    assert refusal.code == "goods-not-arrived"
    assert refusal.clauses == ("L-11",)
    assert refusal.missing == ("line:L1-1 衣柜门板",)
    assert "receive-goods" in refusal.remedies
