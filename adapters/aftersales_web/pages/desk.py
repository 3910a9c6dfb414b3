"""柜台: what pages do with a ticket: find it for whoever may see it, and give a command from a form.

A form carries the id of its command and the version of the ticket it was made for, so that sending it twice is sending
it once, and nobody decides on what is not so any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.datastructures import FormData

from aftersales_core.clerk import Receipt
from aftersales_core.errors import BadInput, CommandReused, UnknownTicket
from aftersales_core.facts import Entry
from aftersales_core.rules import COMMANDS, Command
from aftersales_core.rules.sight import sees
from aftersales_core.state import Ticket, is_log
from aftersales_core.views import BOARD
from aftersales_web.access.gate import Who, text_of
from aftersales_web.numbers import whole
from aftersales_web.office import Office
from aftersales_web.pages.asking import moment_of, values_of


def as_path(number: str) -> str:
    """A ticket's number as it stands in an address: a slash as `~`, which no number has."""
    return quote(number.replace("/", "~"), safe="~:@")


def number_of(path: str) -> str:
    """The number that stands in an address."""
    return path.replace("~", "/")


def ticket_of(office: Office, who: Who, path: str) -> Ticket:
    """The ticket an address names. Raises UnknownTicket also where *who* may not see it: that it is there is his secret."""
    number = number_of(path)
    if is_log(number):
        raise UnknownTicket("unknown-ticket", ticket=number)
    ticket = office.desk.state(number)
    if not sees(who.viewer, ticket, office.desk.playbook):
        raise UnknownTicket("unknown-ticket", ticket=number)
    return ticket


def command_of(name: str) -> type[Command]:
    """The command of that name. Raises BadInput for a name that is none."""
    if name not in COMMANDS:
        raise BadInput("unknown-command", field="command", value=name, known=sorted(COMMANDS))
    return COMMANDS[name]


def people_of(office: Office) -> dict[str, str]:
    """Who can be sent to customers: account → name of everybody in a role that may set out, in order of their ids."""
    roles = set(office.desk.playbook.duties["depart"].roles)
    return {each.id: each.name for each in office.accounts.all() if not each.disabled and roles & set(each.roles)}


def branches_of(office: Office, who: Who) -> list[str]:
    """The shops *who* can choose from, in order: his own, or all that tickets name."""
    return sorted(who.branches if who.branches is not None else (str(each) for each in office.desk.tally(BOARD, "branch") if each))


def version_of(text: str) -> int | None:
    """The version a form was made for; None where it does not say, and one that nothing ever has where it says nonsense."""
    return None if not text else -1 if (number := whole(text)) is None else number


class Wish(NamedTuple):
    """What a form asks to be recorded.

    Attributes:
        values: the command's own fields.
        expect: the version of the ticket the form was made for; None where it does not say.
        timed: whether the form says when it happened.
    """

    command: type[Command]
    values: dict[str, Any]
    command_id: str
    expect: int | None
    occurred_at: datetime | str
    override: str | None
    timed: bool = False


def wish_of(office: Office, command: type[Command], form: FormData | None) -> Wish:
    """A filled-in form as a wish; a field `occurred_at` says when it happened, now where there is none."""
    happened = text_of(form, "occurred_at")
    return Wish(
        command,
        values_of(command, form if form is not None else FormData(), office.zone),
        text_of(form, "command_id") or office.new_id(),
        version_of(text_of(form, "version")),
        moment_of(happened, office.zone) if happened else office.now(),
        text_of(form, "override") or None,
        bool(happened),
    )


def give(office: Office, who: Who, number: str, wish: Wish, *, channel: str = "web", more: Mapping[str, Any] | None = None) -> Receipt:
    """Have a wish recorded as *who*'s.

    Raises:
        Refused, BadInput, StaleTicket, CommandReused, StoreUnusable: see `Desk.handle`.
    """
    said: dict[str, Any] = {
        "command": wish.command.name(), "ticket": number, "command_id": wish.command_id, "occurred_at": wish.occurred_at,
        "actor": who.actor, "role": who.role, "channel": channel, **wish.values, **(more or {}),
    }  # fmt: skip
    if wish.override is not None:
        said["override"] = wish.override
    return record(office, said, timed=wish.timed, expect=wish.expect)


def record(office: Office, said: Mapping[str, Any], *, timed: bool, expect: int | None = None) -> Receipt:
    """Have a command recorded, once: sent again, one whose sender does not say when it happened is meant for when it was first.

    Args:
        said: all its fields; *timed*: whether its `occurred_at` is its sender's, and not the moment it reached us.

    Raises:
        Refused, BadInput, StaleTicket, CommandReused, StoreUnusable: see `Desk.handle`.
    """
    try:
        return office.counter.submit(said, expect=expect).result()
    except CommandReused:
        first = None if timed else first_entry(office, str(said["command_id"]))
        if first is None:
            raise
        return office.counter.submit({**said, "occurred_at": first.occurred_at}, expect=expect).result()


def first_entry(office: Office, command_id: str) -> Entry | None:
    """The first fact that a command led to, by its id; None where it was not answered with any."""
    answered = office.desk.ledger.answer(command_id)
    if answered is None:
        return None
    number, _digest, first, _last = answered
    return office.desk.ledger.history(number, after=first - 1, upto=first)[0]
