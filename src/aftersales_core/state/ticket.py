"""工单: what is true of a ticket now. Plain records; nothing here decides or refuses.

`Ticket` is built by `evolve` and `replay` only. It is never changed after it was handed out; its parts are frozen and
cannot be. (It is not itself frozen because folding a frozen one costs more; see the ADR on state.)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

import msgspec

from aftersales_core.moves import LINE, NEW

CLOSED_LINE: Final = frozenset({"SETTLED", "WAIVED"})
IN_LINE: Final = frozenset({"IN", "DRAWN", "SETTLED", "WAIVED"})
UNDER_WAY: Final = frozenset({"PLANNED", "DISPATCHED", "EN_ROUTE", "ON_SITE", "MISSED"})
BEFORE_DEPARTURE: Final = frozenset({NEW, "PLANNED", "DISPATCHED"})


class Part(msgspec.Struct, frozen=True, gc=False):
    """What a ticket is made of: it cannot be changed, holds nothing that holds it, and is equal to what says the same."""


class Slip(Part, frozen=True, gc=False):
    """The slip (反馈单) of one visit; `state` is of the slip table."""

    state: str = NEW
    slip_no: str | None = None
    scored: bool = False
    complete: bool = False
    daily_report: bool = False
    handed_in_at: datetime | None = None
    refused_for: str | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    passed_on_at: datetime | None = None
    registered_at: datetime | None = None


class Wish(Part, frozen=True, gc=False):
    """Another time that the customer asked for, until it is answered."""

    at: datetime
    day: date
    time_of_day: str | None = None
    remark: str | None = None


class Score(Part, frozen=True, gc=False):
    """The customer's own rating of a visit, given by himself."""

    at: datetime
    rating: int
    product_rating: int | None = None
    remark: str | None = None


class Visit(Part, frozen=True, gc=False):
    """One visit (上门); `state` is of the visit table. Times are as the facts tell them.

    Attributes:
        rating: the score that counts: of the acceptance, else the customer's own.
        confirmed_at: when the customer said that the time booked suits him.
    """

    no: int
    state: str = NEW
    booked_at: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    agreed_with: str | None = None
    papers: tuple[str, ...] = ()
    crew: tuple[str, ...] = ()
    drawn: tuple[tuple[str, int], ...] = ()
    address_confirmed: bool = False
    expected_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    customer_present: bool | None = None
    checks: tuple[str, ...] = ()
    paid: int = 0
    installed_at: datetime | None = None
    ended_at: datetime | None = None
    work: str | None = None
    accepted_by: str | None = None
    signed_by: str | None = None
    accepted_at: datetime | None = None
    rating: int | None = None
    product_rating: int | None = None
    moved: int = 0
    slip: Slip = Slip()
    remark: str | None = None
    confirmed_at: datetime | None = None
    wish: Wish | None = None
    score: Score | None = None


class Line(Part, frozen=True, gc=False):
    """One leftover line (遗留明细); `state` is of the line table.

    Attributes:
        good: inspected as good at the door and not yet entered.
        arrived: entered in the warehouse so far; never more than `qty`.
        rejected: bad pieces sent back so far.
    """

    id: str
    item: str
    qty: int
    needs_goods: bool
    state: str = NEW
    cause: str | None = None
    ordered_at: datetime | None = None
    promised_on: date | None = None
    shipped_at: datetime | None = None
    good: int = 0
    bad: int = 0
    arrived: int = 0
    rejected: int = 0
    in_at: datetime | None = None
    drawn: int = 0
    closed_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.state not in CLOSED_LINE

    def takes(self, kind: str) -> bool:
        """Whether a fact of *kind* can be about this line as it stands, whatever the amounts."""
        holds = {"needs-goods": self.needs_goods, "no-goods": not self.needs_goods}
        return LINE.step(self.state, kind, lambda name: holds.get(name, True)) is not None

    @property
    def outstanding(self) -> bool:
        """Goods are still owed."""
        return self.needs_goods and self.state not in IN_LINE


class Leftover(Part, frozen=True, gc=False):
    """One leftover order (遗留单) with its sheet; `sheet` is of the sheet table."""

    no: int
    raised_at: datetime | None = None
    visit: int | None = None
    written: bool = False
    sheet: str = NEW
    sheet_no: str | None = None
    issued_by: str | None = None
    reviewed_by: str | None = None
    own_sheet: bool = False
    confirmed_at: datetime | None = None
    party: str | None = None
    uploaded: bool = False
    factory_order: str | None = None
    lines: tuple[Line, ...] = ()

    @property
    def open(self) -> bool:
        return any(line.open for line in self.lines)


class Call(Part, frozen=True, gc=False):
    """One call-back (回访) that was answered."""

    at: datetime
    call_class: str
    outcome: str
    satisfaction: int | None = None
    remark: str | None = None
    registered: bool = False
    shared: bool = False


class Complaint(Part, frozen=True, gc=False):
    """One complaint (投诉); `state` is of the complaint table."""

    no: int
    state: str = NEW
    about: str | None = None
    lodged_at: datetime | None = None
    measure: str | None = None
    rectified_at: datetime | None = None


class Taken(Part, frozen=True, gc=False):
    """A step that a paper took: when, and who says so; None where the state does not keep it."""

    step: str
    at: datetime | None
    by: str | None = None
    no: str | None = None


class PaperLife(Part, frozen=True, gc=False):
    """One paper (单据) whose life is told by `paper-moved`; `state` is of the paper table. *ref* is its part: `visit:1`."""

    paper: str
    ref: str = ""
    state: str = NEW
    steps: tuple[Taken, ...] = ()


class File(Part, frozen=True, gc=False):
    """A file (附件) that belongs to the ticket; *ref* is its part, e.g. `visit:1`."""

    digest: str
    purpose: str
    ref: str = ""
    check: str | None = None
    name: str | None = None
    media_type: str | None = None


class Filled(Part, frozen=True, gc=False):
    """A field of the house's own (自定义栏目) and what stands in it; *ref* is its part, empty for the ticket."""

    ref: str
    field: str
    content: str | int | bool


class Told(Part, frozen=True, gc=False):
    """A notice (告知) that was given."""

    notice: str
    ref: str
    to: str
    at: datetime
    means: str = ""
    text: str | None = None


class FollowUp(Part, frozen=True, gc=False):
    """A contact after the work (后续跟进)."""

    occasion: str
    at: datetime
    ref: str = ""
    solved: bool | None = None
    customer_file: str | None = None
    satisfaction: int | None = None
    remark: str | None = None


class Wait(Part, frozen=True, gc=False):
    """A time for which the ticket stood still; *reason* is a name in `waits.WAITING`, without *until* it goes on."""

    reason: str
    since: datetime
    until: datetime | None = None


class Ticket(msgspec.Struct, gc=False):
    """Everything known of one ticket after `version` facts.

    Attributes:
        stage: of the ticket table; `NEW` before the first fact.
        head: digest of the last fact, which the next one links to.
        playbook: the edition of the rules it was opened under and keeps.
        rework: the call-back or the supervisor sent the work back and nobody has gone yet.
        corrected: versions of facts that a later fact corrects.
        waits: every time it stood still; those that go on stand last.
        branch: the shop (门店) whose ticket it is; None where nobody said.
        assigned: everybody who was ever named for one of its visits, each once.
    """

    number: str
    version: int = 0
    stage: str = NEW
    head: str = ""
    playbook: str = ""
    category: str = ""
    customer: str | None = None
    phone: str | None = None
    address: str | None = None
    order_no: str | None = None
    model: str | None = None
    purchased_on: date | None = None
    problem: str | None = None
    source: str | None = None
    branch: str | None = None
    origin: str | None = None
    old_no: str | None = None
    unknown: tuple[str, ...] = ()
    opened_at: datetime | None = None
    acknowledged_at: datetime | None = None
    finding: str | None = None
    covered: str | None = None
    bearer: str | None = None
    quoted: int | None = None
    remedy: str | None = None
    service: str | None = None
    needs_goods: bool | None = None
    owner: str | None = None
    triaged_at: datetime | None = None
    solution: str | None = None
    visits: tuple[Visit, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    calls: tuple[Call, ...] = ()
    attempts: int = 0
    complaints: tuple[Complaint, ...] = ()
    first_installed_at: datetime | None = None
    last_installed_at: datetime | None = None
    uncalled: bool = False
    rework: bool = False
    unnotified_since: datetime | None = None
    archived: tuple[str, ...] = ()
    closed_at: datetime | None = None
    result: str | None = None
    reopened: int = 0
    corrected: tuple[int, ...] = ()
    last_at: datetime | None = None
    stage_since: datetime | None = None
    papers: tuple[PaperLife, ...] = ()
    files: tuple[File, ...] = ()
    custom: tuple[Filled, ...] = ()
    told: tuple[Told, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    returned: tuple[tuple[str, int], ...] = ()
    waits: tuple[Wait, ...] = ()
    assigned: tuple[str, ...] = ()

    @property
    def visit(self) -> Visit | None:
        """The latest visit."""
        return self.visits[-1] if self.visits else None

    @property
    def lines(self) -> Iterator[Line]:
        """Every leftover line, in order."""
        return (line for leftover in self.leftovers for line in leftover.lines)

    @property
    def open_lines(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.open) if self.leftovers else ()

    @property
    def goods_outstanding(self) -> bool:
        return bool(self.leftovers) and any(line.outstanding for line in self.lines)

    @property
    def open_complaints(self) -> tuple[Complaint, ...]:
        return tuple(c for c in self.complaints if c.state != "RECTIFIED")

    @property
    def open_slips(self) -> tuple[Visit, ...]:
        """Visits whose slip is still on its way: work was done, or a slip was handed in, and it is not registered.

        A slip that was sent back counts no more once a later visit did the work again.
        """
        last = max((v.no for v in self.visits if v.installed_at), default=0)
        return tuple(
            v
            for v in self.visits
            if v.slip.state != "REGISTERED"
            and (v.installed_at or v.slip.state != NEW)
            and not (v.slip.state == "SENT_BACK" and v.no < last)
        )

    @property
    def call(self) -> Call | None:
        """The latest answered call-back."""
        return self.calls[-1] if self.calls else None

    def waiting_since(self, reason: str) -> datetime | None:
        """Since when it stands still for *reason*; None where it does not."""
        return next((wait.since for wait in self.waits if wait.reason == reason and wait.until is None), None)

    def find_visit(self, no: int) -> Visit | None:
        return self.visits[no - 1] if 0 < no <= len(self.visits) else None

    def find_leftover(self, no: int) -> Leftover | None:
        return self.leftovers[no - 1] if 0 < no <= len(self.leftovers) else None

    def find_line(self, line_id: str) -> Line | None:
        return next((line for line in self.lines if line.id == line_id), None)

    def find_paper(self, paper: str, ref: str) -> PaperLife | None:
        return next((life for life in self.papers if (life.paper, life.ref) == (paper, ref)), None)

    def filled(self, field: str, ref: str = "") -> str | int | bool | None:
        """What stands in a field of the house's own; None while nothing does."""
        return next((each.content for each in self.custom if (each.ref, each.field) == (ref, field)), None)

    def find_complaint(self, no: int) -> Complaint | None:
        return self.complaints[no - 1] if 0 < no <= len(self.complaints) else None
