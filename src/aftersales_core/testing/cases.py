"""已知: given these facts, when this command, then those facts: for tests of one rule.

given(Reported(category="repair")).when("acknowledge", "cs_specialist").then("acknowledged")
given().when("acknowledge", "cs_specialist").refused("no-such-ticket", clause="T-21")
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aftersales_core.errors import BadInput
from aftersales_core.facts import Entry, Envelope, Fact
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import preset
from aftersales_core.testing.scene import START, Scene


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command made of the given facts."""

    scene: Scene

    def then(self, *facts: Fact | str) -> Scene:
        """Exactly these facts, in this order; a kind alone stands for any fact of it. None at all: nothing new."""
        self.scene.then_recorded(*(fact if isinstance(fact, str) else fact.kind for fact in facts))
        for found, expected in zip(self.scene.facts, facts, strict=True):
            assert isinstance(expected, str) or found == expected, (
                f"recorded {found!r}, expected {expected!r}"
            )
        return self.scene

    def refused(self, code: str, *, clause: str | None = None, missing: str | None = None) -> Scene:
        """Refused as *code*, under *clause*, with *missing* among what is missing, where they are named."""
        self.scene.then_refused(code, clause=clause)
        return self.scene if missing is None else self.scene.then_missing(missing)

    def bad_input(self, code: str) -> BadInput:
        """Not taken as a command, as *code*."""
        error = self.scene.then_bad_input(code).error
        assert isinstance(error, BadInput)
        return error


@dataclass(frozen=True, slots=True)
class Given:
    """A ticket that holds the given facts, whatever the rules say to them."""

    scene: Scene

    def when(self, command: str, role: str, /, **fields: Any) -> Outcome:
        """Give one command."""
        return Outcome(self.scene.when(command, role, **fields))


def given(*facts: Fact, number: str = "AS-1", playbook: Playbook | None = None) -> Given:
    """A ticket with these *facts*, each recorded as the scene begins."""
    book = playbook or preset()
    envelope = Envelope(START, START, "somebody", "cs_specialist", "office", "c-0", book.id, "")
    history = [Entry(number, version, fact, envelope) for version, fact in enumerate(facts, 1)]
    return Given(Scene(number=number, playbook=book, history=history))
