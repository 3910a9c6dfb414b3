"""剧本: what one ticket's story knows while it is told, and the office it shares with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from aftersales_core.demo import days, goods, people
from aftersales_core.demo.lots import Lots
from aftersales_core.demo.people import Crew


class Step(NamedTuple):
    """One command of a story.

    Attributes:
        when: when it happened; `entered`: when somebody typed it in, never before the step in front of it.
        refused: the code it is going to be refused with, where the story has somebody make a mistake.
        again: the telephone was offline and sends it a second time.
        facts: how many it makes.
    """

    when: datetime
    entered: datetime
    command: str
    role: str
    actor: str
    channel: str
    fields: dict[str, Any]
    refused: str = ""
    again: bool = False
    facts: int = 1


class Aside(NamedTuple):
    """Something done beside the story, which does not wait for it.

    Attributes:
        after: so many steps of the story come first; without them there is no cause.
        why: a word by which it is called off again.
    """

    after: int
    step: Step
    why: str


Story: TypeAlias = Generator[Step, None, None]


class Slot(NamedTuple):
    """Half a day or a whole one, and who goes."""

    start: datetime
    end: datetime
    crew: Crew


_MORNING: Final = (60, 210)
_AFTERNOON: Final = (330, 510)
_WHOLE: Final = (60, 570)
"""Minutes after the office opens: 9:00 to 11:30, 13:30 to 16:30, 9:00 to 17:30."""

RARE: Final = 1
MISTAKES: Final[dict[str, tuple[int, int]]] = {
    "role-may-not": (23, 3), "field-missing": (3, 3), "slip-not-made-out": (31, 2), "wrong-stage": (29, 2),
    "visit-still-open": (37, 2), "drawing-papers-missing": (3, 2), "goods-not-drawn": (5, 2),
    "arrival-not-confirmed": (41, 3), "work-not-accepted": (37, 2), "slip-incomplete": (33, 2),
    "supervisor-not-signed": (2, 2), "daily-report-missing": (27, 2), "no-score": (RARE, 2),
    "slip-not-passed-on": (19, 3), "wrong-call-class": (7, 2), "revisit-not-registered": (17, 2),
    "papers-not-filed": (15, 3), "not-called-back": (29, 2), "lines-open": (9, 3), "complaint-open": (2, 1),
    "leftover-not-written": (3, 3), "sheet-not-reviewed": (8, 3), "leftover-not-confirmed": (9, 2),
    "goods-not-arrived": (7, 3), "goods-not-ordered": (6, 2), "goods-not-inspected": (8, 2),
    "more-than-ordered": (9, 2), "nothing-to-notify": (10, 1), "ticket-exists": (97, 2), "no-such-ticket": (13, 1),
    "no-such-line": (8, 1), "part-not-there": (9, 1), "channel-not-agreed": (71, 2), "checks-missing": (47, 2),
    "tools-unchecked": (23, 2), "paper-step-missing": (17, 2), "old-goods-not-returned": (2, 2), "notice-not-owed": (61, 2),
    "content-does-not-fit": (5, 2),
    "already": (41, 4), "correction": (5, 8), "again": (43, 3),
    "send-back": (2, 99), "reopen": (12, 99), "waive": (4, 99), "a-slip": (20, 99), "a-complaint": (21, 99),
    "b-slip": (12, 99), "b-complaint": (9, 99), "b-work": (13, 99), "report-refused": (11, 2), "again-complained": (3, 99),
    "not-solved": (2, 1),
}  # fmt: skip
"""What goes wrong: every so many chances, so many times. From `already` on nothing is refused, it is only a nuisance."""


class Office:
    """What the stories share: the diary of the crews, and how often what went wrong already."""

    def __init__(self, busy: Iterable[tuple[str, date]] = ()) -> None:
        """*busy*: who is taken for the whole of which day already."""
        self._taken: set[tuple[str, date, int]] = {(name, day, half) for name, day in busy for half in (0, 1)}
        self._chances: Counter[str] = Counter()

    def book(self, day: date, *, crews: tuple[Crew, ...], first: int = 0, whole: bool = False) -> Slot:
        """The first free time of one of *crews* from *day* on; looking begins at crew number *first*."""
        halves = ((0, 1),) if whole else ((0,), (1,))
        while True:
            for half in halves:
                for shift in range(len(crews)):
                    crew = crews[(first + shift) % len(crews)]
                    wanted = {(crew.members[0], day, part) for part in half}
                    if not wanted & self._taken:
                        self._taken |= wanted
                        begins, ends = _WHOLE if whole else (_MORNING, _AFTERNOON)[half[0]]
                        return Slot(days.at(day, begins), days.at(day, ends), crew)
            day = days.following(day, 1)

    def spare(self, slot: Slot, crews: tuple[Crew, ...]) -> Crew:
        """Another of *crews* in the same role that is free on that day; the same where there is none."""
        day = slot.start.date()
        for crew in crews:
            wanted = {(crew.members[0], day, half) for half in (0, 1)}
            if crew.role == slot.crew.role and not wanted & self._taken:
                self._taken |= wanted
                return crew
        return slot.crew

    def errs(self, what: str, now: datetime) -> bool:
        """Whether this is one of the chances at which *what* goes wrong."""
        if now >= days.END:
            return False
        every, budget = MISTAKES[what]
        self._chances[what] += 1
        round_, rest = divmod(self._chances[what] - 1, every)
        return rest == every // 2 and round_ < budget


class Script:
    """One ticket's story as far as it was told: its customer, its clock, its visits and its leftovers."""

    def __init__(self, number: str, opened: datetime, lots: Lots, beside: Lots, office: Office) -> None:
        """*lots* for the story, *beside* for what does not change its course."""
        self.number = number
        self.lots = lots
        self.beside = beside
        self.office = office
        self.now = opened
        self.entered = opened
        self.version = 0
        self.customer = people.customer(lots)
        self.product = lots.pick(goods.PRODUCTS)
        self.model = lots.pick(self.product.models)
        self.bought = opened.date() - timedelta(days=lots.between(25, 900))
        self.actors = {role: lots.pick(staff) for role, staff in people.STAFF.items()}
        self.slot = Slot(opened, opened, people.REPAIR_CREWS[0])
        self.visit = 0
        self.leftovers: list[list[dict[str, Any]]] = []
        self.after_repair = False
        self.present = True
        self.rated = True
        self.written = False
        self.to_register: list[int] = []
        self.filed = False
        self.steps = 0
        self.asides: list[Aside] = []
        self.category = ""
        self.calls = 0
        self.unticked = False
        self.report_alone = False
        self.cards: list[int] = []
        self.old_piece = ""
        self.birthday: date | None = None
        self.delivered: date | None = None

    # --- the clock

    def wait(self, least: int, most: int) -> None:
        """So many minutes go by; what would fall outside office hours happens early next day."""
        moment = self.now + timedelta(minutes=self.lots.between(least, most))
        self.now = days.open_hours(moment, self.lots.between(5, 55))

    def to(self, moment: datetime) -> None:
        """Go on to *moment*; a minute on where it is past."""
        self.now = max(self.now + timedelta(minutes=1), moment)

    def morning(self, working_days: int, first: int, last: int) -> None:
        """So many working days on, between *first* and *last* minutes after the office opens."""
        self.to(days.at(days.following(self.now.date(), working_days), self.lots.between(first, last)))

    # --- speaking

    def do(
        self, command: str, role: str, /, *, facts: int = 1, when: datetime | None = None, late: datetime | None = None,
        actor: str | None = None, channel: str = "office", refused: str = "", again: bool = False, **fields: Any,
    ) -> Step:  # fmt: skip
        """A command now; *when* it happened, where that was earlier; *late*, when it is entered later.

        *facts* is how many it makes: corrections name a fact by its place. A field that is None is left out.
        """
        at = when or self.now
        self.entered = max(self.entered, at, late or at)
        self.steps += 1
        self.version += 0 if refused else facts
        said = {name: value for name, value in fields.items() if value is not None}
        return Step(at, self.entered, command, role, actor or self._actor(role), channel, said, refused, again, 0 if refused else facts)

    def later(self, moment: datetime, command: str, role: str, /, *, why: str = "", channel: str = "office", **fields: Any) -> None:
        """A command that is given at *moment*, whatever the story has come to by then."""
        at = max(moment, self.entered)
        self.asides.append(Aside(self.steps, Step(at, at, command, role, self._actor(role), channel, fields), why))

    def drop(self, why: str) -> None:
        """What was to be done beside the story is not, or the story does it."""
        self.asides = [aside for aside in self.asides if aside.why != why]

    def _actor(self, role: str) -> str:
        if role == people.CUSTOMER:
            return f"{role}:{self.number}"
        if role in {people.INSTALLER, people.LEADER, self.slot.crew.role}:
            return self.slot.crew.members[0]
        return self.actors[role]

    def errs(self, what: str) -> bool:
        return self.office.errs(what, self.now)

    @property
    def crew_role(self) -> str:
        return self.slot.crew.role

    # --- leftovers

    def open_goods(self) -> list[dict[str, Any]]:
        """Lines that wait for goods or hold some, of every leftover not settled yet."""
        return [line for order in self.leftovers for line in order if line["needs_goods"] and not line.get("done")]

    def raised(self, lines: list[dict[str, Any]]) -> None:
        """A leftover was raised: give its lines their ids."""
        no = len(self.leftovers) + 1
        self.leftovers.append([{**line, "id": f"L{no}-{at}"} for at, line in enumerate(lines, 1)])

    def settle(self) -> list[str]:
        """The ids of every open line, which are settled now."""
        ids = []
        for order in self.leftovers:
            for line in order:
                if not line.get("done"):
                    line["done"] = True
                    ids.append(line["id"])
        return ids

    @property
    def rests(self) -> bool:
        """Whether something is left over."""
        return any(not line.get("done") for order in self.leftovers for line in order)
