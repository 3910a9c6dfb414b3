"""词汇: every command in one closed union, read from JSON at the door; and playbooks checked against it."""

from __future__ import annotations

import typing
from functools import cache
from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from aftersales_core.clocks import lint_clocks
from aftersales_core.errors import BadInput
from aftersales_core.facts.dispatch import PAPERS
from aftersales_core.playbooks import Playbook, Vocabulary, load, preset_text
from aftersales_core.rules import (
    access,
    closing,
    complaints,
    customer,
    dispatch,
    fields,
    files,
    followups,
    goods,
    intake,
    leftovers,
    notices,
    papers,
    revisits,
    routines,
    slips,
    triage,
    visit,
)
from aftersales_core.rules._base import Command
from aftersales_core.rules.asks import predicate
from aftersales_core.rules.lint import lint_mechanisms
from aftersales_core.state import Ticket

TicketCommand: TypeAlias = (
    intake.Report | intake.ImportTicket | intake.Acknowledge | intake.Amend | intake.Cancel
    | triage.Diagnose | triage.Rule | triage.Quote | triage.AgreeRemedy | triage.Triage | triage.SolveRemotely
    | dispatch.MakeAppointment | dispatch.MoveAppointment | dispatch.PreparePapers | dispatch.Dispatch
    | dispatch.Reassign | dispatch.DrawGoods | dispatch.ConfirmArrival
    | visit.Depart | visit.Arrive | visit.MissVisit | visit.TickChecks | visit.CollectPayment | visit.CompleteVisit
    | visit.AcceptWork
    | slips.HandInSlip | slips.RefuseSlip | slips.ApproveSlip | slips.SendBackSlip | slips.PassOnSlip
    | slips.RegisterSlip
    | leftovers.RaiseLeftover | leftovers.WriteLeftover | leftovers.IssueSheet | leftovers.ReviewSheet
    | leftovers.ConfirmLeftover | leftovers.RuleLiability | leftovers.OrderGoods | leftovers.UploadForm
    | leftovers.PromiseGoods | leftovers.ShipGoods | leftovers.WaiveLine
    | goods.InspectGoods | goods.RejectGoods | goods.ReceiveGoods | goods.NotifyArrival
    | revisits.AttemptRevisit | revisits.Revisit | revisits.RegisterRevisit | revisits.ShareRevisit
    | complaints.LodgeComplaint | complaints.InvestigateComplaint | complaints.RectifyComplaint
    | closing.Close | closing.Archive | closing.Reopen | closing.Correct
    | papers.MovePaper | files.AttachFile | fields.FillFields | notices.GiveNotice | followups.FollowUp
    | goods.ReturnOldGoods
    | customer.ConfirmAppointment | customer.RequestTime | customer.RateService
)  # fmt: skip
"""Every command a ticket takes."""

LogCommand: TypeAlias = routines.DoRoutine
"""Every command the log of the house takes."""

AnyCommand: TypeAlias = TicketCommand | LogCommand | access.AccessCommand
"""Every command there is."""

COMMANDS: Final[dict[str, type[Command]]] = {cls.name(): cls for cls in typing.get_args(TicketCommand)}
"""Name → command class, of a ticket."""

EVERY_COMMAND: Final[dict[str, type[Command]]] = {**COMMANDS, LogCommand.name(): LogCommand}
"""Name → command class of all that a playbook governs: those of the log of the house too."""

_TAGS: Final = frozenset({*EVERY_COMMAND, *access.ACCESS_COMMANDS})

SETTINGS: Final = ("slips-at", "calls-at", "goods-at", "channels", "call-form", "unscored-slips-earn")
"""Hours of the daily rhythm, at which clocks open, the ways in, and two readings; a playbook gives every one and no other."""


@cache
def command_adapter() -> TypeAdapter[AnyCommand]:
    """Reads any command, told apart by its `command` field."""
    return TypeAdapter(Annotated[AnyCommand, Field(discriminator="command")])


def parse_command(source: str | bytes | dict[str, Any], *, strict: bool = False) -> AnyCommand:
    """A command from JSON text or a plain dictionary.

    Args:
        strict: JSON has to be of the types that the schema says: `"7"` is no number, and 0 no moment.

    Raises:
        BadInput: with the field, the value and what it should have been.
    """
    try:
        if isinstance(source, dict):
            return command_adapter().validate_python(source)
        return command_adapter().validate_json(source, strict=strict or None)
    except ValidationError as problem:
        raise _bad_input(problem) from None


def _bad_input(problem: ValidationError) -> BadInput:
    first = problem.errors(include_url=False)[0]
    kind, where = first["type"], first["loc"]
    # the union's tag is the first step of the path and says nothing to the sender
    path = ".".join(str(step) for step in where[1:]) if where and where[0] in _TAGS else ".".join(map(str, where))
    value = first["input"]
    also = len(problem.errors()) - 1
    command = str(where[0]) if where and where[0] in _TAGS else ""
    facts: dict[str, Any] = {"field": path, "value": value, "command": command, "reason": first["msg"], "also": also}
    # what the check said, as data, so that the sentence can say it in the reader's language
    facts |= {"check": kind, "limits": {k: v for k, v in first.get("ctx", {}).items() if k != "error"}}
    if kind == "json_invalid":
        return BadInput("not-json", {**facts, "field": "", "value": ""})
    if kind in {"model_attributes_type", "model_type", "dict_type"} and not path:
        return BadInput("not-an-object", facts)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        given = value.get("command") if isinstance(value, dict) else value
        code = "no-command" if kind == "union_tag_not_found" else "unknown-command"
        return BadInput(code, {**facts, "field": "command", "value": given, "known": sorted(_TAGS)})
    if kind == "extra_forbidden":
        known = sorted(_class(command).model_fields) if command and len(where) == 2 else ()
        return BadInput("unknown-field", {**facts, "known": known})
    if kind in {"end-before-start", "nothing-inspected"}:
        return BadInput(kind, {**facts, "field": path or "end", "value": None})
    if kind == "missing":
        return BadInput("field-left-out", {**facts, "value": None})
    if kind == "timezone_aware":
        return BadInput("naive-datetime", facts)
    return BadInput("bad-value", facts)


def _class(command: str) -> type[Command]:
    return EVERY_COMMAND.get(command) or access.ACCESS_COMMANDS[command]


@cache
def vocabulary() -> Vocabulary:
    """What a playbook may name."""
    return Vocabulary(
        commands={name: tuple(cls.model_fields) for name, cls in EVERY_COMMAND.items()},
        predicate=lambda name: predicate(name) is not None,
        ticket_fields=Ticket.__struct_fields__,
        papers=PAPERS,
        settings=SETTINGS,
        also=(lint_clocks, lint_mechanisms),
    )


def load_playbook(text: str) -> Playbook:
    """A playbook from TOML, linted. Raises `PlaybookUnsound` with every finding."""
    return load(text, vocabulary())


def reading(choice: str, option: str, name: str = "whole-house") -> Playbook:
    """The preset *name* with another reading of one of its choices. Raises PlaybookUnsound where there is none."""
    book = preset(name)
    return load_playbook(
        f'extends = "{name}"\nname = "{name}-{option}"\nedition = "{book.edition}"\n[choose]\n{choice} = "{option}"\n'
    )


@cache
def preset(name: str = "whole-house") -> Playbook:
    """A playbook that ships with the library. Raises `PlaybookUnsound` naming those there are."""
    return load_playbook(preset_text(name))
