"""版式: which fields every form has, and in which order. The only place that says so.

A row of a grid is written as its keys; `work:3` is a place with three lines of room. A column of a table is written
with its share of the width, `item:5`. What the keys mean stands in `values`, their words in `wording` under `label`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias


class Grid(NamedTuple):
    """Labelled places, row by row; *title* names a word of `label`."""

    rows: tuple[str, ...]
    title: str = ""


class Lines(NamedTuple):
    """The leftover lines a form is about, with *room* more rows to write in.

    Attributes:
        keep: columns that an empty form shows as well, because the work is not known without them.
    """

    title: str
    columns: str
    room: int
    keep: str = ""


class Sign(NamedTuple):
    """Who signs, side by side."""

    who: str


class Print(NamedTuple):
    """Small print; a word of `small-print`."""

    text: str


Part: TypeAlias = Grid | Lines | Sign | Print


class Paper(NamedTuple):
    """A form of one ticket.

    Attributes:
        of: what it is about: a visit, a leftover order, a visit made for one, or the ticket and if it has one its
            leftover order.
        number: the key of its own number.
        parts: the first one is the head, which an empty form shows filled in.
    """

    of: Literal["visit", "leftover", "leftover visit", "ticket"]
    number: str
    parts: tuple[Part, ...]


PAPERS: Final[dict[str, Paper]] = {
    "install-repair-slip": Paper("visit", "slip_no", (
        Grid(("ticket visit slip_no", "customer phone order_no", "address", "model purchased_on category",
              "booked crew", "problem:2")),
        Grid(("arrived_at installed_at customer_present", "checks", "work:3", "completion"), "on-site"),
        Lines("left-over", "item:8 qty:2 needs_goods:3 cause:6", 4),
        Grid(("rating", "product_rating", "opinion:2", "paid receipt_no"), "customer-says"),
        Sign("customer installer install_supervisor"),
        Print("slip"),
    )),
    "leftover-sheet": Paper("leftover", "sheet_no", (
        Grid(("ticket leftover sheet_no", "customer phone order_no", "address", "model raised_at visit")),
        Lines("items", "line:2 item:7 qty:2 needs_goods:3 cause:5 arrived:2 drawn:2", 4, keep="line item qty needs_goods cause"),
        Grid(("issued_by issued_at", "reviewed_by reviewed_at own_sheet", "review_note:2"), "sheet"),
        Grid(("confirmed_at", "party", "ground:2"), "liability"),
        Grid(("factory_order ordered_at promised_on",), "order"),
        Sign("designer install_supervisor warehouse_keeper installer"),
        Print("sheet"),
    )),
    "sheet-feedback-slip": Paper("leftover visit", "sheet_no", (
        Grid(("ticket leftover sheet_no", "customer phone order_no", "address", "visit", "booked crew")),
        Lines("items", "line:2 item:7 qty:2 drawn:2 settled:3 handling:6", 3, keep="line item qty drawn"),
        Grid(("work:3", "still_left:2"), "on-site"),
        Grid(("rating", "opinion:2"), "customer-says"),
        Sign("customer installer install_supervisor"),
        Print("slip"),
    )),
    "aftersales-form": Paper("ticket", "sheet_no", (
        Grid(("ticket leftover sheet_no", "customer phone order_no", "address", "model purchased_on received_at", "matter",
              "problem:2")),
        Lines("items", "line:2 item:7 qty:2 needs_goods:3 cause:5", 2, keep="line item qty needs_goods cause"),
        Grid(("needs_goods", "factory_order ordered_at promised_on", "uploaded"), "order"),
        Grid(("called_at caller", "satisfaction", "repair_result:2", "remark:2"), "call"),
        Sign("cs_specialist cs_supervisor"),
    )),
    "acceptance-card": Paper("visit", "", (
        Grid(("ticket visit order_no", "customer phone", "address", "model crew", "installed_at accepted_at")),
        Grid(("standard_shown use_explained", "phone_given warranty_card", "site_cleared nothing_damaged"), "accepted"),
        Grid(("rating", "product_rating", "opinion:3"), "appraisal"),
        Sign("customer installer install_supervisor"),
        Print("card"),
    )),
}  # fmt: skip
"""Form of a ticket → what is on it."""


class Register(NamedTuple):
    """A register printed as the form it is.

    Attributes:
        day: the column that says which day a row belongs to.
        columns: of the table.
        sign: who signs below.
        daily: a sheet for every day.
        left: columns of a second table with what is left over, for the rows that have something.
        room: empty rows to write in.
    """

    day: str
    columns: str
    sign: str = ""
    daily: bool = False
    left: str = ""
    room: int = 0


REGISTERS: Final[dict[str, Register]] = {
    "slips": Register("installed_at",
        "slip_no:8 ticket:8 customer:5 crew:7 installed_at:6 handed_in_at:6 complete:3 rating:3 leftovers:3 state:5 approved_by:6 registered_at:6",
        "cs_specialist"),
    "calls": Register("called_at",
        "called_at:6 ticket:8 customer:5 phone:7 call_class:3 outcome:5 satisfaction:3 leftovers_checked:4 progress_told:8 repair_result:7 remark:9 caller:5 registered:3 shared:3",
        "cs_specialist"),
    "aftersales": Register("received_at",
        "received_at:6 ticket:8 customer:5 phone:7 matter:3 problem:10 needs_goods:3 ordered_at:6 uploaded:3 promised_on:6 satisfaction:3 repair_result:7 remark:7",
        "cs_specialist"),
    "sheets": Register("raised_at",
        "sheet_no:7 ticket:8 customer:5 items:10 issued_by:5 reviewed_by:5 own_sheet:3 party:4 factory_order:7 promised_on:6 state:4 since:6",
        "install_supervisor cs_specialist"),
    "roster": Register("start", "start:4 end:4 crew:7 customer:5 phone:7 address:14 ticket:8 papers:11 state:5",
        "cs_specialist cs_supervisor", daily=True, room=2),
    "daily": Register("day", "ticket:8 visit:3 crew:8 customer:5 work:18 daily_report:3",
        "install_team_leader install_supervisor", daily=True, left="ticket:8 customer:5 crew:8 leftovers:20 written:4", room=2),
    "goods": Register("at", "at:6 move:3 ticket:8 sheet_no:6 line:3 item:9 qty:2 place:5 entry_no:8 actor:5 notified_at:6",
        "warehouse_keeper cs_specialist"),
    "commission": Register("installed_at",
        "crew_member:6 ticket:8 visit:3 installed_at:6 counts:3 why:7 days:3 handed_in:4 scored:3 clauses:7",
        "install_supervisor"),
    "fields": Register("opened_at", "opened_at:6 ticket:8 customer:5 phone:7 ref:4 called:8 content:20", "cs_specialist"),
}  # fmt: skip
"""Register → its form; a test holds its names equal to the registers there are."""


class Ticks(NamedTuple):
    """Boxes of a place: the vocabulary their words are in, and the values in order."""

    vocabulary: str
    values: tuple[str, ...]


_YES_NO: Final = Ticks("answer", ("yes", "no"))
_SCORE: Final = Ticks("score", ("5", "4", "3", "2", "1"))

TICKS: Final[dict[str, Ticks]] = {
    **dict.fromkeys(("customer_present", "needs_goods", "uploaded", "standard_shown", "use_explained", "phone_given",
                     "warranty_card", "site_cleared", "nothing_damaged"), _YES_NO),
    **dict.fromkeys(("rating", "product_rating", "satisfaction"), _SCORE),
    "completion": Ticks("completion", ("all", "left", "none")),
    "matter": Ticks("matter", ("repair", "leftover")),
    "party": Ticks("party", ("factory", "design", "installation", "logistics", "customer", "company", "sales")),
}  # fmt: skip
"""Places of a grid that are ticked and not written."""

VOCABULARY: Final[dict[str, str]] = {
    "category": "category", "party": "party", "state": "state", "outcome": "outcome", "move": "move", "why": "why-not",
    "matter": "matter", "handed_in": "handed-in", "papers": "paper",
}  # fmt: skip
"""Keys whose values are words of the house."""
