"""Big stores quickly: the same twelve facts for every ticket, hashed and chained as the ledger does it, many in one commit.

No command is decided here; what a row says is what real commands made of the first ticket.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from aftersales_core import Desk
from aftersales_core.codec import GENESIS, digest_of, envelope_bytes, fact_bytes
from aftersales_core.facts import Entry
from aftersales_core.ledger import Ledger
from bench._life import commands, stock_calls
from bench._stock import StockTicket

FACTS = 12
TOGETHER = 1000
"""Tickets whose facts are written in one transaction, all first facts before all second ones, as a day writes them."""
STOCK_TOGETHER = 20
"""Tickets in one commit of the stock application."""


class ToRestore(NamedTuple):
    """A row as `Ledger.restore` takes it."""

    ticket: str
    version: int
    kind: str
    state: bytes
    command_id: str


def numbers(tickets: int, prefix: str = "T") -> list[str]:
    return [f"{prefix}{at:07}" for at in range(tickets)]


def life() -> list[Entry]:
    """The entries of one ticket, decided and recorded by a desk in memory."""
    with Desk.open("memory:") as desk:
        for command in commands("T"):
            desk.handle(command)
        entries = desk.ledger.history("T")
    assert len(entries) == FACTS
    return entries


def rows(tickets: int, prefix: str = "T") -> Iterator[list[ToRestore]]:
    """Rows of *tickets*, a transaction's worth at a time."""
    template = [(entry, entry.envelope, fact_bytes(entry.fact)) for entry in life()]
    left = iter(numbers(tickets, prefix))
    while some := list(islice(left, TOGETHER)):
        heads = dict.fromkeys(some, GENESIS)
        found = []
        for version, (entry, envelope, body) in enumerate(template, 1):
            kind, shape = entry.fact.kind, entry.fact.shape
            for number in some:
                command_id = f"{number}-{version:03}"
                line = envelope_bytes(envelope._replace(command_id=command_id, prev=heads[number]), shape)
                digest = heads[number] = digest_of(number, version, kind, line, body)
                found.append(ToRestore(number, version, kind, b"%s\n%s\n%s" % (digest.encode(), line, body), command_id))
        yield found


def fill(ledger: Ledger, tickets: int, prefix: str = "T") -> int:
    """Write *tickets* into a ledger; how many facts that was."""
    return sum(ledger.restore(found) for found in rows(tickets, prefix))


def export(tickets: int, prefix: str = "T") -> list[str]:
    """The lines of an export that holds *tickets*."""
    out: list[str] = []
    for found in rows(tickets, prefix):
        for ticket, version, kind, state, _command_id in found:
            digest, envelope, fact = state.decode().split("\n", 2)
            out.append(
                f'{{"position":{len(out) + 1},"ticket":{json.dumps(ticket)},"version":{version},"kind":"{kind}",'
                f'"digest":"{digest}","envelope":{envelope},"fact":{fact}}}'
            )
    return out


def aggregates(tickets: int, prefix: str = "T") -> list[StockTicket]:
    """The same lives as aggregates of the stock application, with their events not saved yet."""
    made = []
    for number in numbers(tickets, prefix):
        calls = list(stock_calls(number))
        ticket = StockTicket(**calls[0][1])
        for method, arguments in calls[1:]:
            getattr(ticket, method)(**arguments)
        made.append(ticket)
    return made


def fill_stock(app: Any, tickets: int, prefix: str = "T") -> list[Any]:
    """Save *tickets* in the stock application, several a commit; their ids."""
    made = aggregates(tickets, prefix)
    for at in range(0, tickets, STOCK_TOGETHER):
        app.save(*made[at : at + STOCK_TOGETHER])
    return [ticket.id for ticket in made]
