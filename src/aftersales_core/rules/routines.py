"""例行工作: what the house does by the calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import model_validator

from aftersales_core.facts import Fact, routines
from aftersales_core.playbooks import Playbook
from aftersales_core.rules._base import Command, Refusal
from aftersales_core.state import HouseLog, log_of
from aftersales_core.values import Count, Id, Text


class DoRoutine(Command):
    """Say that a routine was done for a day. (F-03, G-01, G-02, N-12, N-13, O-48)

    It goes into the log of the house for that month; *ticket* is the log's number and need not be given.
    """

    fact: ClassVar[type[Fact]] = routines.RoutineDone
    command: Literal["do-routine"] = "do-routine"

    ticket: Id = ""
    routine: Id
    day: date
    found: Count | None = None
    note: Text | None = None
    opinions: tuple[routines.Opinion, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _is_in_the_log_of_its_month(cls, said: Any) -> Any:
        day = said.get("day") if isinstance(said, dict) else None
        if isinstance(day, str):
            try:
                day = date.fromisoformat(day)
            except ValueError:
                return {"ticket": log_of(date.min), **said}
        return {**said, "ticket": log_of(day)} if isinstance(day, date) else said


def routine_questions(command: DoRoutine, playbook: Playbook) -> Iterator[Refusal]:
    """Does the playbook know the routine, does the role do it, and has its day come?"""
    routine = playbook.routines.get(command.routine)
    if routine is None:
        clauses = playbook.duties["do-routine"].clauses
        yield Refusal("no-such-routine", clauses, facts={"routine": command.routine, "known": tuple(playbook.routines)})
        return
    if command.role not in routine.roles:
        yield Refusal("role-may-not", routine.clauses, facts={"role": command.role, "roles": routine.roles})
    today = command.occurred_at.astimezone(ZoneInfo(playbook.timezone)).date()
    if command.day > today:
        yield Refusal("day-not-come", routine.clauses, facts={"day": command.day.isoformat(), "today": today.isoformat()})


def do_routine(command: DoRoutine, log: HouseLog, playbook: Playbook) -> list[Fact]:
    """Said again in the same words it is nothing new; in other words, the later ones count.

    Raises:
        Refused: no such routine, not this role's, or a day that has not come.
    """
    for refusal in routine_questions(command, playbook):
        raise refusal.error(log.number, command.name())
    opinions = tuple((each.department, each.text) for each in command.opinions)
    said = log.find(command.routine, command.day)
    if said is not None and (said.found, said.note, said.opinions) == (command.found, command.note, opinions):
        return []
    return [routines.RoutineDone(
        routine=command.routine, day=command.day, found=command.found, note=command.note, opinions=command.opinions)]  # fmt: skip
