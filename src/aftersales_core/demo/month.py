"""一个月: every ticket's story, interleaved as the office typed it in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from aftersales_core.demo import days
from aftersales_core.demo.days import END, START
from aftersales_core.demo.lots import Lots
from aftersales_core.demo.olds import OLDS
from aftersales_core.demo.routines import rounds
from aftersales_core.demo.script import Aside, Office, Script, Step, Story
from aftersales_core.demo.showpieces import BUSY, HARD_TICKET, HELD_UP, REFUSED_COMMAND, hard, held_up
from aftersales_core.demo.stories import SHAPES

_RESEND: Final = timedelta(minutes=3)
_STALLS: Final = frozenset({
    "report", "acknowledge", "triage", "make-appointment", "accept-work", "hand-in-slip", "pass-on-slip", "promise-goods",
    "ship-goods", "notify-arrival", "attempt-revisit", "share-revisit", "archive",
})  # fmt: skip
"""After these a ticket may be forgotten."""


class _Opening(NamedTuple):
    opened: datetime
    tell: Callable[[Script], Story]
    number: str = ""


class _Line(NamedTuple):
    """A command in the office's order."""

    entered: datetime
    ticket: int
    place: int
    number: str
    step: Step


def month(tickets: int = 320, seed: int = 2026) -> Iterator[dict[str, Any]]:
    """The commands of the month in the order they were entered, as plain JSON values.

    Args:
        tickets: how many; 7 of them are always the same (two showpieces, five old ones).
        seed: another seed, another month.
    """
    for command, _refused in told(tickets, seed):
        yield command


def mistakes(tickets: int = 320, seed: int = 2026) -> dict[str, str]:
    """Command id → code, for every command of the month that is refused."""
    return {command["command_id"]: refused for command, refused in told(tickets, seed) if refused}


def told(tickets: int, seed: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Every command with the code it is refused with, empty where it is taken."""
    ids: dict[tuple[int, int], str] = {}
    for line in _lines(tickets, seed):
        place = (line.ticket, line.place)
        if place not in ids:
            special = line.number == HELD_UP and line.step.refused
            ids[place] = REFUSED_COMMAND["command_id"] if special else f"demo-{len(ids) + 1:06d}"
        yield _command(line, ids[place]), line.step.refused


def _lines(tickets: int, seed: int) -> list[_Line]:
    lines = []
    office = Office(BUSY)
    for at, opening in enumerate(_numbered(_openings(tickets, seed))):
        lots = Lots(seed, "ticket", opening.number)
        script = Script(opening.number, opening.opened, lots, Lots(seed, "beside", opening.number), office)
        steps = list(opening.tell(script))
        if opening.tell not in {hard, held_up}:
            steps = _forgotten(steps, lots)
        for place, step in enumerate(_woven(steps, script.asides)):
            lines.append(_Line(step.entered, at, place, opening.number, step))
            if step.again:
                lines.append(_Line(step.entered + _RESEND, at, place, opening.number, step))
    for place, (number, step) in enumerate(rounds([line.step for line in lines], seed)):
        lines.append(_Line(step.entered, -1, place, number, step))
    return sorted((line for line in lines if line.entered <= END), key=lambda line: line[:3])


def _woven(steps: list[Step], asides: list[Aside]) -> Iterator[Step]:
    """Story and asides in the order they are entered; a correction names its fact by the place that fact has then."""
    waiting = sorted((a.step for a in asides if a.after <= len(steps)), key=lambda step: step.entered, reverse=True)
    places, last = [0], 0
    for step in steps:
        while waiting and waiting[-1].entered < step.entered:
            last += waiting[-1].facts
            yield waiting.pop()
        if step.command == "correct":
            step.fields["version"] = places[step.fields["version"]]
        for _ in range(step.facts):
            last += 1
            places.append(last)
        yield step
    yield from reversed(waiting)


def _openings(tickets: int, seed: int) -> list[_Opening]:
    """When which story begins, in order."""
    lots = Lots(seed, "month")
    fixed = [
        _Opening(START + timedelta(minutes=1), hard, HARD_TICKET),
        _Opening(datetime(2026, 10, 26, 8, 1, tzinfo=days.ZONE), held_up, HELD_UP),
        *(_Opening(START + timedelta(minutes=30 + 7 * at), tell, number) for at, (number, tell) in enumerate(OLDS)),
    ]
    others = max(0, tickets - len(fixed))
    work = days.working_days()
    shapes = lots.shuffled([_shape(at, others) for at in range(others)])
    free = []
    for at, tell in enumerate(shapes):
        day = work[at * len(work) // others]
        minutes = lots.between(3, 28) if day == END.date() else lots.between(4, 575)
        free.append(_Opening(days.at(day, minutes), tell))
    return sorted(fixed + free, key=lambda opening: opening.opened)


def _shape(at: int, others: int) -> Callable[[Script], Story]:
    """The shape of ticket *at*, so that the shares are the same in every month."""
    share = (2 * at + 1) * 500 // others
    for weight, tell in SHAPES:
        share -= weight
        if share < 0:
            return tell
    return SHAPES[-1][1]


def _numbered(openings: list[_Opening]) -> Iterator[_Opening]:
    so_far: Counter[date] = Counter()
    for opening in openings:
        if opening.number in dict(OLDS):
            yield opening
            continue
        day = opening.opened.date()
        so_far[day] += 1
        number = f"SH{day:%Y%m%d}{so_far[day]:03d}"
        yield opening._replace(number=number)


def _forgotten(steps: list[Step], lots: Lots) -> list[Step]:
    """One story in fifteen stops and nobody notices; none in which a mistake is shown."""
    if not lots.percent(7) or any(step.refused or step.again for step in steps):
        return steps
    stalls = [at for at, step in enumerate(steps) if step.command in _STALLS]
    return steps[: lots.pick(stalls) + 1]


def _command(line: _Line, command_id: str) -> dict[str, Any]:
    step = line.step
    return {
        "command": step.command,
        "ticket": line.number,
        "command_id": command_id,
        "occurred_at": step.when.isoformat(),
        "actor": step.actor,
        "role": step.role,
        "channel": step.channel,
        **{name: _plain(value) for name, value in step.fields.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
