"""Random ticket lives, legal by construction, and random facts that no rule ever saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from aftersales_core.errors import BadInput, Refused
from aftersales_core.facts import KINDS, Entry, Envelope, Fact
from aftersales_core.ledger import Ledger, MemoryRecorder, Stamp, draft
from aftersales_core.moves import LINE
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import TicketCommand, decide, legal_moves, parse_command, preset
from aftersales_core.state import Line, Ticket, evolve, needs_replay, replay
from aftersales_core.testing import Scene, Step, filled, scene_at

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]

START = datetime(2026, 11, 2, 0, tzinfo=UTC)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class Life:
    """One ticket: commands go in, facts are recorded on a ledger in memory."""

    def __init__(self, number: str = "AS-1", book: Playbook | None = None, ledger: Ledger | None = None) -> None:
        self.number = number
        self.book = book or preset()
        self.ledger = ledger or Ledger(MemoryRecorder())
        self.now = START
        self.ticket = Ticket(number)
        self.history: list[Entry] = []
        self.commands: list[TicketCommand] = []
        self.refused: list[str] = []

    def command(self, name: str, role: str | None = None, /, **fields: Any) -> TicketCommand:
        role = role or self.book.duties[name].roles[0]
        envelope = {
            "ticket": self.number, "command_id": f"{self.number}-c{len(self.commands) + 1}", "command": name,
            "occurred_at": self.now, "actor": role, "role": role,
        }  # fmt: skip
        return parse_command({**envelope, **fields})

    def give(self, command: TicketCommand) -> list[Fact]:
        facts = decide(command, self.ticket, self.book, self.history)
        self.commands.append(command)
        if facts:
            stamp = Stamp(command.occurred_at, command.actor, command.role, command.channel, command.command_id,
                          self.book.id, reason=command.override)  # fmt: skip
            written = self.ledger.append(
                draft(self.number, self.ticket.version, self.ticket.head, self.ticket.last_at, facts, stamp, self.now, b"")
            )
            for entry in written:
                self.history.append(entry)
                again = needs_replay(entry)
                self.ticket = replay(self.number, self.history) if again else evolve(self.ticket, entry)
        return facts

    def do(self, name: str, role: str | None = None, /, **fields: Any) -> list[Fact]:
        return self.give(self.command(name, role, **fields))

    def step(self, choose: Choose) -> None:
        """One random command that `legal_moves` calls open, with words that fit; a refusal is noted."""
        self.now += timedelta(minutes=choose((1, 30, 600, 3000)))
        named = [m.command for m in legal_moves(self.ticket, self.book) if m.open]
        if choose(range(8)):
            named = [name for name in named if name != "cancel"]
        name = choose([n for n in named for _ in range(_weight(n, self.ticket.stage))])
        fields = WORDS[name](self, choose)
        fields["occurred_at"] = self.now - timedelta(minutes=choose((0, 0, 0, 5, 2000, -60)))
        try:
            self.do(name, choose(self.book.duties[name].roles), **fields)
        except (Refused, BadInput) as problem:
            self.refused.append(problem.code)


_FORWARD = frozenset({
    "report", "make-appointment", "prepare-papers", "dispatch", "confirm-arrival", "depart", "arrive",
    "complete-visit", "accept-work", "hand-in-slip", "approve-slip", "pass-on-slip", "register-slip", "issue-sheet",
    "review-sheet", "order-goods", "ship-goods", "inspect-goods", "receive-goods", "revisit", "register-revisit",
    "tick-checks", "close", "reopen", "notify-arrival",
})  # fmt: skip
_ENDS = frozenset({"cancel", "waive-line", "solve-remotely", "correct", "import-ticket"})


def _weight(name: str, stage: str) -> int:
    if name in _FORWARD or (stage == "REPORTED" and name in {"triage", "amend"}):
        return 16
    return 1 if name in _ENDS else 3


def takes(line: Line, kind: str) -> bool:
    truths = {"needs-goods": line.needs_goods, "no-goods": not line.needs_goods, "all-in": True, "all-drawn": True}
    return LINE.step(line.state, kind, lambda name: truths.get(name, True)) is not None


def _intake(life: Life, choose: Choose) -> dict[str, Any]:
    return {
        "customer": choose(("王芳", "O'Neil", "\"李\"\n四")), "phone": choose(("13812345678", "+86 10-8888 6666")),
        "address": choose(("文三路 90 号", None)), "order_no": choose(("SO-1", "订单/7#2")),
        "model": choose(("K-200", None)), "purchased_on": choose(("2026-03-01", None)),
        "problem": choose(("柜门开裂", "drawer 😀 stuck")), "source": choose(("门店", None)),
        "branch": choose(("west-lake", None)),
    }  # fmt: skip


def _imported(life: Life, choose: Choose) -> dict[str, Any]:
    words = _intake(life, choose)
    del words["source"]
    stages = ("REPORTED", "TRIAGED", "READY", "AWAITING_GOODS", "INSTALLED", "REVISITED", "CLOSED")
    blank = choose((None, "customer", "phone"))
    return {**words, **({blank: None} if blank else {}), "stage": choose(stages), "origin": "旧表", "unknown": choose(((), ("发票",)))}


def _times(life: Life, choose: Choose) -> dict[str, Any]:
    start = life.now + timedelta(hours=choose((2, 24, -3)))
    return {"start": start, "end": start + timedelta(hours=choose((1, 3))), "agreed_with": "王芳"}


def _leftovers(choose: Choose, least: int) -> list[dict[str, Any]]:
    return [
        {"item": choose(("门板", "滑轨")), "qty": choose((1, 2, 3)), "needs_goods": choose((True, False))}
        for _ in range(choose((least, 1, 2)))
    ]


def _lines(kind: str, amount: Callable[[Line], int]) -> Callable[[Life, Choose], dict[str, Any]]:
    def words(life: Life, choose: Choose) -> dict[str, Any]:
        fits = [(x.id, amount(x)) for x in life.ticket.lines if takes(x, kind) and amount(x) > 0]
        if not fits:
            return {"lines": [{"line": choose(("L1-1", "L9-9")), "qty": 1}]}
        some = fits[: choose(range(1, len(fits) + 1))]
        return {"lines": [{"line": line, "qty": choose((1, most, most))} for line, most in some]}

    return words


def _inspected(life: Life, choose: Choose) -> dict[str, Any]:
    fits = [x for x in life.ticket.lines if takes(x, "goods-inspected")]
    return {"lines": [
        {"line": x.id, "good": choose((max(0, x.qty - x.arrived - x.good), 0)), "bad": choose((1, 0, 0))} for x in fits
    ] or [{"line": "L9-9", "good": 1}], "opened": choose((True, False))}  # fmt: skip


def _done(life: Life, choose: Choose) -> dict[str, Any]:
    fits = [x.id for x in life.ticket.lines if takes(x, "installed")]
    left = choose(((), (), _leftovers(choose, 1)))
    return {"work": "装好", "settles": fits[: choose((len(fits), len(fits), 0))], "leftovers": left,
            "written": choose((True, False)), "place": choose(("on-site", "workshop"))}  # fmt: skip


def _found(life: Life, choose: Choose) -> dict[str, Any]:
    numbers = [v.no for v in life.ticket.visits if v.state in {"DISPATCHED", "EN_ROUTE", "ON_SITE", "DONE"}]
    return {"lines": _leftovers(choose, 1), "visit": choose((None, *numbers)), "written": choose((True, False))}


def _accepted(life: Life, choose: Choose) -> dict[str, Any]:
    by = choose(("customer", "customer", "supervisor"))
    return {"by": by, "signed_by": "王芳", "rating": choose((5, 3, None)), "product_rating": choose((4, None)),
            **({"role": "install_supervisor"} if by == "supervisor" else {})}  # fmt: skip


def _called(life: Life, choose: Choose) -> dict[str, Any]:
    right = "B" if life.ticket.open_lines or life.ticket.stage in {"AWAITING_GOODS", "READY"} else "A"
    outcome = choose(("satisfied", "satisfied", "satisfied", "complaint", "work-sent-back", "slip-sent-back"))
    return {"call_class": right, "outcome": outcome, "satisfaction": choose((5, 1)), "repair_result": "好用",
            "leftovers_checked": True, "progress_told": "已下单", "remark": "客户说了"}  # fmt: skip


_NEW_VALUES: dict[str, tuple[Any, ...]] = {
    "customer": ("张三", None), "phone": ("13900001111",), "address": ("改后地址",), "problem": ("改后问题", "😀"),
    "note": ("n", None), "rating": (1, None), "satisfaction": (2,), "needs_goods": (True, False), "covered": ("goodwill",),
    "outcome": ("satisfied", "complaint", "work-sent-back"), "call_class": ("A", "B"), "place": ("workshop", "remote"),
    "category": ("installation", "repair"), "customer_present": (True, False), "approved": (True, False),
    "scored": (True, False), "written": (True, False), "purchased_on": ("2025-01-31",), "service": ("install",),
    "occurred_at": ("2026-11-01T08:00:00+08:00", "2026-12-24T12:00:00Z"), "amount": (1,), "by": ("customer",),
}  # fmt: skip


def _corrected(life: Life, choose: Choose) -> dict[str, Any]:
    entry = choose([e for e in life.history if e.fact.kind != "corrected"] or life.history)
    fits = [n for n in (*type(entry.fact).model_fields, "occurred_at") if n in _NEW_VALUES]
    names = {choose(fits), choose(fits)}
    return {"version": entry.version, "changes": {n: choose(_NEW_VALUES[n]) for n in sorted(names)}, "reason": "登记有误"}


def _said(**words: Any) -> Callable[[Life, Choose], dict[str, Any]]:
    """Fixed words; a tuple is a choice."""
    return lambda _life, choose: {k: choose(v) if isinstance(v, tuple) else v for k, v in words.items()}


def _moved(life: Life, choose: Choose) -> dict[str, Any]:
    paper, step, role = choose((
        ("daily-report", "handed-in", "installer"), ("daily-report", "reviewed", "install_supervisor"),
        ("daily-report", "refused", "install_supervisor"), ("acceptance-card", "handed-in", "installer"),
        ("acceptance-card", "archived", "cs_specialist"), ("install-repair-slip", "approved", "install_supervisor"),
    ))  # fmt: skip
    return {"paper": paper, "step": step, "role": role}


PAPERS = ("install-repair-slip", "sheet-feedback-slip", "leftover-sheet", "aftersales-form")
PARTIES = ("factory", "design", "installation", "customer")

WORDS: dict[str, Callable[[Life, Choose], dict[str, Any]]] = {
    "report": lambda life, c: {**_intake(life, c), "category": c(("installation", "repair", "complaint", "patrol"))},
    "import-ticket": _imported,
    "acknowledge": _said(note=("已联系", None)),
    "amend": lambda life, c: {**_intake(life, c), "address": "新地址", "model": "K-300", "purchased_on": "2026-02-02"},
    "cancel": _said(reason="不修了", asked_by=("customer", "company")),
    "diagnose": _said(finding="孔位开裂"),
    "rule": _said(covered=("covered", "not-covered", "goodwill"), ground="一年内", bearer=PARTIES),
    "quote": _said(amount=(0, 12000)),
    "agree-remedy": _said(remedy="换门板"),
    "triage": _said(service=("install", "repair", "exchange"), needs_goods=(True, False, False)),
    "solve-remotely": _said(solution="视频指导"),
    "make-appointment": _times,
    "move-appointment": lambda life, c: {**_times(life, c), "reason": "客户有事"},
    "prepare-papers": lambda _l, c: {"papers": c((PAPERS, PAPERS, PAPERS[:1]))},
    "dispatch": _said(crew=(["zhou"], ["zhou", "陈波"])),
    "reassign": _said(crew=(["li"], ["wu"]), reason="请假"),
    "draw-goods": _lines("goods-drawn", lambda x: x.arrived - x.drawn),
    "confirm-arrival": lambda life, c: {"address_confirmed": c((True, True, False)), "expected_at": life.now},
    "depart": _said(),
    "arrive": _said(customer_present=(True, True, False)),
    "miss-visit": _said(reason="无人"),
    "tick-checks": _said(items=(["件数", "型号", "外观"], ["工具设备", "件数", "型号", "外观"], ["型号"])),
    "collect-payment": _said(amount=(100, 5000), receipt_no="R-1"),
    "complete-visit": _done,
    "accept-work": _accepted,
    "hand-in-slip": _said(daily_report=(True, True, False), slip_no=("FK-1", None)),
    "refuse-slip": _said(why=("no-score", "incomplete", "unsigned")),
    "approve-slip": _said(override=(None, "客户拒评")),
    "send-back-slip": _said(reason="没打胶"),
    "pass-on-slip": _said(),
    "register-slip": _said(),
    "raise-leftover": _found,
    "write-leftover": _said(),
    "issue-sheet": _said(sheet_no=("CL-1", "CL-2")),
    "review-sheet": _said(approved=(True, True, False)),
    "confirm-leftover": _said(remark=("确认", None)),
    "rule-liability": _said(party=PARTIES, ground="少装"),
    "order-goods": _said(factory_order="FO-1"),
    "upload-form": _said(),
    "promise-goods": lambda life, c: {"promised_on": (life.now + timedelta(days=c((3, 14)))).date()},
    "ship-goods": _said(waybill=("WB-1", None)),
    "waive-line": lambda life, c: {"line": c([x.id for x in life.ticket.open_lines] or ["L9-9"]), "reason": "保持现状",
                                   "settled_by": c(("kept-as-is", "refund"))},
    "inspect-goods": _inspected,
    "reject-goods": lambda life, c: {**_lines("goods-rejected", lambda x: x.bad)(life, c), "reason": "划伤"},
    "receive-goods": _lines("goods-arrived", lambda x: x.good),
    "notify-arrival": _said(),
    "attempt-revisit": _said(),
    "revisit": _called,
    "register-revisit": _said(),
    "share-revisit": _said(group=("群", None)),
    "lodge-complaint": _said(about="碰花墙面"),
    "investigate-complaint": _said(finding="没防护", party=PARTIES),
    "rectify-complaint": _said(measure="补漆", customer_told=(True, False)),
    "close": _said(result="已解决"),
    "archive": lambda _l, c: {"papers": c((PAPERS, PAPERS[:1]))},
    "reopen": _said(reason="又松了"),
    "correct": _corrected,
    "move-paper": _moved,
    "attach-file": _said(digest=("ab" * 32, "cd" * 32), media_type="image/jpeg", size=(1, 2048), purpose=("photo", "signature"),
                         check=(None, "looks")),
    "fill-fields": _said(fields=({"birthday": "1988-11-20"}, {"birthday": "1990-02-29"}, {"birthday": None})),
    "give-notice": _said(notice="opinion-passed-on", to=("设计部", "工厂"), means=("phone", "group")),
    "follow-up": _said(occasion=("after-care-1-month", "after-complaint", "other"), customer_file=("updated", "no-change"),
                       solved=(True, False, None)),
    "confirm-appointment": _said(),
    "request-time": lambda life, c: {"day": (life.now + timedelta(days=c((1, 4)))).date(), "time_of_day": c(("morning", None))},
    "rate-service": _said(rating=(1, 5), product_rating=(4, None)),
    "return-old-goods": _said(item="旧门板", qty=(1, 2)),
}  # fmt: skip
"""Command → words that fit the ticket, mostly."""


@st.composite
def lives(draw: st.DrawFn, most: int = 50) -> Life:
    """A ticket's life of up to *most* commands; some are refused on the way, for what they say."""

    def choose(options: Sequence[T]) -> T:
        return options[draw(st.integers(0, len(options) - 1))] if len(options) > 1 else options[0]

    life = Life()
    for _ in range(draw(st.integers(1, most))):
        life.step(choose)
        if life.ticket.stage == "CANCELLED":
            break
    return life


_POOLS: dict[str, tuple[str, ...]] = {
    r"^L": ("L1-1", "L1-2", "L2-1", "L9-9", "L999-99"),
    r"^\+": ("13812345678", "+86 10-8888 6666"),
    r"^[0-9a-f]{64}": ("ab" * 32, "0" * 64),
    r"^[\w]": ("a", "工单-1", "x" * 80, "A.b:c@d/e#f-g", "42"),
}
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3, minutes=30))])
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=_ZONES)
_WORDS = st.text(min_size=1, max_size=12).filter(lambda said: bool(said.strip()))


def _of(schema: dict[str, Any], parts: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON values that a JSON schema (of the kind pydantic writes) allows."""
    if "$ref" in schema:
        return _of(parts[schema["$ref"].rpartition("/")[2]], parts)
    if "anyOf" in schema:
        return st.one_of([_of(one, parts) for one in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    kind, form, pattern = schema["type"], schema.get("format"), schema.get("pattern")
    if kind == "object":
        needed = {n: _of(s, parts) for n, s in schema["properties"].items() if n in schema.get("required", ())}
        free = {n: _of(s, parts) for n, s in schema["properties"].items() if n not in needed}
        return st.fixed_dictionaries(needed, optional=free)
    if kind == "array":
        return st.lists(_of(schema["items"], parts), min_size=schema.get("minItems", 0), max_size=3)
    if kind == "integer":
        least = schema.get("minimum", -5)
        return st.integers(least, min(schema.get("maximum", least + 9), least + 9))
    if kind == "string" and form == "date-time":
        return _MOMENTS.map(datetime.isoformat)
    if kind == "string" and form == "date":
        return st.dates(date(1990, 1, 1), date(2100, 1, 1)).map(date.isoformat)
    if kind == "string":
        pool = next((pool for start, pool in _POOLS.items() if pattern and pattern.startswith(start)), None)
        return st.sampled_from(pool) if pool else _WORDS
    return {"boolean": st.booleans(), "null": st.none()}[kind]


def _fact(cls: type[Fact]) -> st.SearchStrategy[Fact]:
    schema = cls.model_json_schema()

    def build(values: dict[str, Any]) -> Fact:
        if "end" in values:
            first, last = sorted((values["start"], values["end"]), key=datetime.fromisoformat)
            end = datetime.fromisoformat(last) + timedelta(hours=1)
            values = {**values, "start": first, "end": end.isoformat()}
        if cls.kind == "goods-inspected":
            values = {**values, "lines": [{**seen, "good": seen["good"] + 1} for seen in values["lines"]]}
        return cls.model_validate(values, strict=False)

    return _of(schema, schema.get("$defs", {})).map(build)


FACTS: dict[str, st.SearchStrategy[Fact]] = {kind: _fact(cls) for kind, cls in KINDS.items()}
"""Kind → any fact of it."""

class Case(NamedTuple):
    """One command given to a ticket at a place of a trail, and what comes of it."""

    given: str
    command: str
    then: str
    words: Mapping[str, Any] = {}
    first: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    role: str = ""

    def __str__(self) -> str:
        return f"{self.command} at {self.given or 'nothing'}: {self.then or 'nothing new'}"


def told(scene: Scene, command: str, words: Mapping[str, Any], role: str = "") -> Step:
    """A step with sample words where the case names none, by a role that may."""
    holder = role or words.get("role") or scene.playbook.duties[command].roles[0]
    return Step(command, holder, filled(scene, command, {k: v for k, v in words.items() if k != "role"}))


def play(case: Case) -> Scene:
    """The scene after the case's command."""
    scene = scene_at(*case.given.split("/")) if case.given else Scene()
    for command, words in case.first:
        scene.given(told(scene, command, words))
    step = told(scene, case.command, case.words, case.role)
    return scene.when(step.command, step.role, **step.fields)


any_fact = st.sampled_from(sorted(KINDS)).flatmap(FACTS.__getitem__)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    words = st.none() | _WORDS
    return Envelope(
        draw(_MOMENTS), draw(_MOMENTS), draw(_WORDS), draw(_WORDS), draw(_WORDS), draw(_WORDS), "whole-house@2026.1",
        "0" * 64, draw(words), draw(words), draw(words), draw(words), draw(st.sampled_from([(), ("later-than-recorded",)])),
    )  # fmt: skip


@st.composite
def torn(draw: st.DrawFn, most: int = 30) -> list[Entry]:
    """Facts in an order that no rule would have allowed."""
    envelope = draw(envelopes())
    facts = draw(st.lists(any_fact, min_size=1, max_size=most))
    return [Entry("AS-1", version, fact, envelope, "d" * 64) for version, fact in enumerate(facts, 1)]
