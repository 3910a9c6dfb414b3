"""The stock way: the same twelve facts as an eventsourcing aggregate, written as its tutorial writes one.

Every event carries what our envelope carries (time, actor, role, channel, command id, playbook), so that both sides
store and read the same information.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench._life import stock_calls


class StockTicket(Aggregate):
    @event("Reported")
    def __init__(self, number: str, category: str, customer: str, phone: str, address: str, order_no: str, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str):
        self.number, self.category, self.customer = number, category, customer
        self.phone, self.address, self.order_no = phone, address, order_no
        self.stage = "REPORTED"
        self.visits: list[dict[str, Any]] = []

    @event("Triaged")
    def triage(self, service: str, needs_goods: bool, owner: str, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.service, self.needs_goods, self.owner, self.stage = service, needs_goods, owner, "TRIAGED"

    @event("AppointmentMade")
    def make_appointment(self, visit: int, start: datetime, end: datetime, agreed_with: str, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits.append({"no": visit, "start": start, "end": end, "agreed_with": agreed_with})

    @event("PapersPrepared")
    def prepare_papers(self, visit: int, papers: list[str], occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["papers"] = papers

    @event("Dispatched")
    def dispatch(self, visit: int, crew: list[str], occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["crew"], self.stage = crew, "DISPATCHED"

    @event("ArrivalConfirmed")
    def confirm_arrival(self, visit: int, address_confirmed: bool, expected_at: datetime, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["expected_at"] = expected_at

    @event("Departed")
    def depart(self, visit: int, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["departed_at"] = occurred_at

    @event("Arrived")
    def arrive(self, visit: int, customer_present: bool, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["customer_present"] = customer_present

    @event("ChecksTicked")
    def tick_checks(self, visit: int, items: list[str], occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["checked"] = items

    @event("Installed")
    def complete_visit(self, visit: int, place: str, work: str, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["work"], self.stage = work, "INSTALLED"

    @event("Accepted")
    def accept_work(self, visit: int, by: str, signed_by: str, rating: int, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["rating"] = rating

    @event("SlipHandedIn")
    def hand_in_slip(self, visit: int, scored: bool, complete: bool, daily_report: bool, occurred_at: datetime, actor: str, role: str, channel: str, command_id: str, playbook: str) -> None:
        self.visits[visit - 1]["slip"] = "HANDED_IN"


class StockDesk(Application[Any]):
    """Load, check nothing, save: the least a stock application does for a command."""


def stock_desk(path: str) -> StockDesk:
    """On a SQLite file."""
    return StockDesk(env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": path, "SQLITE_LOCK_TIMEOUT": "10"})


def stock_on_server(host: str, schema: str) -> StockDesk:
    """On the PostgreSQL whose socket is in *host*, in a schema that is there already."""
    return StockDesk(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": "postgres", "POSTGRES_HOST": host, "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "tests", "POSTGRES_PASSWORD": "none", "POSTGRES_SCHEMA": schema,
        }
    )  # fmt: skip


def life_of(stock: StockDesk, number: str) -> list[Callable[[], object]]:
    """A ticket's life as calls to be made one after another: load, change, save, the least a command is there."""
    first, *rest = stock_calls(number)
    ids: list[Any] = []

    def opened() -> None:
        ticket = StockTicket(**first[1])
        stock.save(ticket)
        ids.append(ticket.id)

    def changed(method: str, arguments: dict[str, Any]) -> Callable[[], object]:
        def call() -> None:
            ticket: Any = stock.repository.get(ids[0])
            getattr(ticket, method)(**arguments)
            stock.save(ticket)

        return call

    return [opened, *(changed(method, arguments) for method, arguments in rest)]


__all__ = ["StockDesk", "StockTicket", "life_of", "stock_desk", "stock_on_server"]
