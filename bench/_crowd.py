"""Many open tickets at mixed places of their lives, written through the ledger's bulk path.

Real commands make one ticket for every place of every story of `testing`, with the time that such things take between
them. Each of the many is one of these moved by days and minutes, with a number, a customer and an address of its own:
every row is encoded, hashed and chained as the ledger does it, and all are written in the order of their recording.
Nothing is left to chance: the same count gives the same ledger.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from aftersales_core.codec import GENESIS, digest_of, envelope_bytes, fact_bytes
from aftersales_core.facts import Envelope
from aftersales_core.ledger import Ledger
from aftersales_core.testing import START, TRAILS, Scene, Step
from aftersales_core.testing.samples import sampled

NOW = datetime(2026, 11, 23, 9, tzinfo=START.tzinfo)
"""The Monday morning at which the crowd is looked at."""

CHUNK = 100_000
"""Rows written in one transaction."""

_HOURS = {
    "acknowledge": 2, "diagnose": 20, "triage": 3, "make-appointment": 3, "confirm-arrival": 12, "complete-visit": 3,
    "hand-in-slip": 16, "approve-slip": 2, "pass-on-slip": 1, "register-slip": 1, "issue-sheet": 24, "review-sheet": 4,
    "confirm-leftover": 20, "rule-liability": 24, "order-goods": 4, "promise-goods": 24, "ship-goods": 120,
    "inspect-goods": 60, "notify-arrival": 3, "revisit": 20, "archive": 24,
}  # fmt: skip
"""Command → hours since the one before; the others follow within minutes."""

_OFTEN = frozenset({"已受理", "已判定", "已预约", "已派工", "反馈单已登记", "已下单", "已有交期", "已发货", "已到齐", "已回访"})
"""Places where tickets stand for long, so that more of them are found there."""

_AGES = (0,) * 4 + (1,) * 8 + (2,) * 5 + (3,) * 3 + (4, 5, 7, 9, 12, 16, 21, 30)
"""Days since a ticket's last fact, each as often as it stands here."""

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
_NAMES = ("芳", "秀英", "敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "杰", "娟", "涛", "明", "超", "桂兰", "国强", "文静", "小红", "建华")
_STREETS = ("文三路", "凤起路", "体育场路", "莫干山路", "庆春路", "天目山路", "丰潭路", "古墩路")
_DAYS = re.compile(rb'"(\d{4}-\d\d-\d\d)(T[^"]*)?"')


class _Line(NamedTuple):
    """A row of a template: its kind, its envelope and its fact as stored."""

    kind: str
    shape: int
    envelope: Envelope
    body: bytes


class _Template(NamedTuple):
    """A ticket at a place: its rows, and the day of the last one."""

    lines: tuple[_Line, ...]
    last: date


def templates() -> list[_Template]:
    """One for each place of each story where a ticket is open; where they stand for long, several times."""
    found: list[_Template] = []
    for places in TRAILS.values():
        scene = Scene()
        for place, steps in places.items():
            for step in steps:
                _wait(scene, step.command)
                scene.given(sampled(scene, step))
            if place in {"尚未建单", "已结案"}:
                continue
            found += [_template(scene)] * (4 if place in _OFTEN else 1)
            if place in {"在途", "再次在途"}:
                found += [_template(_branch(scene, Step("miss-visit", "installer")))] * 3
            if place in {"已判定", "已完工", "已发货"}:
                found.append(_template(_branch(scene, Step("lodge-complaint", "cs_specialist"))))
    return found


def _wait(scene: Scene, command: str) -> None:
    """Let the time pass that comes before *command*: to the appointment, or so many hours, in the hours of business."""
    visit = scene.ticket.visit
    if command == "depart" and visit is not None and visit.start is not None:
        scene.now = max(scene.now, visit.start - timedelta(minutes=40))
        return
    scene.now += timedelta(hours=_HOURS.get(command, 0))
    if not 8 <= scene.now.hour < 17:
        day = scene.now.date() + timedelta(days=scene.now.hour >= 17)
        scene.now = datetime.combine(day, time(8, scene.now.minute % 40), scene.now.tzinfo)


def _branch(scene: Scene, step: Step) -> Scene:
    other = Scene(scene.number, scene.playbook, scene.now, list(scene.history))
    return other.given(sampled(other, step))


def _template(scene: Scene) -> _Template:
    lines = tuple(
        _Line(e.fact.kind, e.fact.shape, e.envelope._replace(command_id=f"c-{nth}"), fact_bytes(e.fact))
        for nth, (_command, entries) in enumerate(groupby(scene.history, key=lambda e: e.envelope.command_id), 1)
        for e in entries
    )
    return _Template(lines, lines[-1].envelope.recorded_at.date())


class _Plan(NamedTuple):
    """One of the many: which template, how far moved, and how long after it happened everything was recorded."""

    template: _Template
    days: int
    minutes: timedelta
    lag: timedelta


def fill(ledger: Ledger, tickets: int) -> int:
    """Write a crowd of *tickets* into an empty ledger, showing how far it is; how many facts that was."""
    chance = random.Random(tickets)
    kinds = templates()
    plans = [_plan(chance, chance.choice(kinds)) for _ in range(tickets)]
    order = sorted(
        (line.envelope.recorded_at + timedelta(days=plan.days) + plan.minutes + plan.lag, at, version)
        for at, plan in enumerate(plans)
        for version, line in enumerate(plan.template.lines)
    )
    written = 0
    chunk: list[tuple[str, int, str, bytes, str]] = []
    for _command, rows in groupby(_rows(plans, order), key=itemgetter(0, 4)):
        chunk += rows
        if len(chunk) >= CHUNK or written + len(chunk) == len(order):
            written += ledger.restore(chunk)
            chunk = []
            print(f"\r  {written:>9,} of {len(order):,} facts written", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return written


def _plan(chance: random.Random, template: _Template) -> _Plan:
    minutes = timedelta(minutes=chance.randrange(50), seconds=chance.randrange(60))
    # most is written down at once, some within the hour, and a slip of paper now and then the day after
    lag = timedelta(minutes=chance.choice((0, 0, 0, 7, 31)), days=chance.randrange(100) < 3)
    days = (NOW.date() - template.last).days - chance.choice(_AGES)
    if template.lines[-1].envelope.recorded_at + timedelta(days=days) + minutes + lag > NOW:
        days -= 2
    return _Plan(template, days, minutes, lag)


def _rows(plans: list[_Plan], order: list[tuple[datetime, int, int]]) -> Iterator[tuple[str, int, str, bytes, str]]:
    """Rows as an export has them: ticket, version, kind, state, command id."""
    heads: dict[int, str] = {}
    moved: dict[tuple[bytes, int], bytes] = {}
    for recorded_at, at, before in order:
        plan = plans[at]
        line = plan.template.lines[before]
        number, version = f"AS-{at:06}", before + 1
        command = f"{number}-{line.envelope.command_id}"
        envelope = envelope_bytes(
            line.envelope._replace(
                occurred_at=line.envelope.occurred_at + timedelta(days=plan.days) + plan.minutes,
                recorded_at=recorded_at, command_id=command, prev=heads.get(at, GENESIS),
            ),
            line.shape,
        )  # fmt: skip
        body = moved.get((line.body, plan.days)) or moved.setdefault((line.body, plan.days), _moved(line.body, plan.days))
        if version == 1:
            body = _of_customer(body, at)
        digest = heads[at] = digest_of(number, version, line.kind, envelope, body)
        yield number, version, line.kind, b"%s\n%s\n%s" % (digest.encode(), envelope, body), command


def _moved(body: bytes, days: int) -> bytes:
    """A fact with every day in it so many days later."""

    def later(found: re.Match[bytes]) -> bytes:
        day = date.fromisoformat(found[1].decode()) + timedelta(days=days)
        return b'"%s%s"' % (day.isoformat().encode(), found[2] or b"")

    return _DAYS.sub(later, body)


def _of_customer(body: bytes, at: int) -> bytes:
    """A report of another customer at another address."""
    said = json.loads(body)
    said["customer"] = _SURNAMES[at % 20] + _NAMES[at // 20 % 20]
    said["phone"] = f"13{at * 7919 % 10**9:09}"
    said["address"] = f"杭州市西湖区{_STREETS[at % 8]} {at % 300 + 1} 号 {at % 23 + 1} 幢 {at % 18 + 1:02}02 室"
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
