"""精读: a ticket straight from its stored rows, for the many times when nobody asks for the entries.

The pydantic models of the facts are the contract. From each of them a msgspec struct is generated that takes a part of
what the model takes and reads it to equal values, in a third of the time; what it does not take is left to the model,
which also says what is wrong. Folds tell either by its `kind`. Nothing of this leaves the module but the ticket.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Sequence
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, Final, Literal

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from aftersales_core.codec import OPENING, Row, decode, fact_of, times_of
from aftersales_core.facts import KINDS
from aftersales_core.state.history import all_of, fold, replay
from aftersales_core.state.ticket import Ticket


class Head(msgspec.Struct, gc=False):
    """What folding asks of an envelope."""

    occurred_at: datetime
    actor: str
    playbook: str
    shape: int = 1


_LIMITS: Final = ("ge", "le", "min_length", "max_length")
_head: Final = msgspec.json.Decoder(Head).decode
_readers: dict[tuple[str, int], Callable[[bytes], Any]] = {}


def fold_rows(number: str, rows: Sequence[Row]) -> Ticket:
    """The ticket that `replay` makes of the entries of the same *rows*.

    Raises:
        StoredFactUnreadable: what `decode` cannot read.
    """
    ticket = Ticket(number)
    if _fold_into(ticket, rows):
        return ticket
    # a correction, or a row that is not ours: read at length, and named where it cannot be read
    return replay(number, [decode(*row) for row in rows])


def fold_on(ticket: Ticket, rows: Sequence[Row]) -> Ticket | None:
    """The ticket after the *rows* that follow on it; *ticket* itself stays as it was.

    None where they alone do not tell: a correction changes how earlier facts are read, and a row that is not ours has
    to be read, and named, at length. Then ask `fold_rows` with the whole stream.
    """
    after = Ticket(*all_of(ticket))
    return after if _fold_into(after, rows) else None


def _fold_into(ticket: Ticket, rows: Sequence[Row]) -> bool:
    """Change *ticket*, which nobody else holds, by *rows*; False, with the ticket half changed, where it cannot be done so."""
    try:
        for _number, _version, kind, state, _position in rows:
            if not state.startswith(OPENING, 64):
                return False
            _digest, line, body = state.split(b"\n", 2)
            head = _head(line)
            read = _readers.get((kind, head.shape)) or _reader(kind, head.shape)
            try:
                fact = read(body)
            except msgspec.DecodeError:
                fact = fact_of(kind, head.shape, body)
            fold(ticket, fact, head)
    except (msgspec.DecodeError, LookupError, TypeError, ValueError, AttributeError):
        return False
    if rows:
        ticket.version = rows[-1][1]
        ticket.head = state[:64].decode("ascii")
        ticket.last_at = head.occurred_at
    return True


def fold_rows_at(number: str, rows: Sequence[Row], moment: datetime) -> Ticket:
    """The ticket that `replay` makes of the same *rows* as of *moment* and as known at it.

    Raises:
        StoredFactUnreadable: what `decode` cannot read.
    """
    known = [(row, occurred_at) for row in rows for occurred_at, recorded_at in (times_of(row),) if recorded_at <= moment]
    if any(kind == "corrected" for (_number, _version, kind, _state, _position), _at in known):
        return replay(number, [decode(*row) for row, _at in known], as_of=moment)
    return fold_rows(number, [row for row, occurred_at in known if occurred_at <= moment])


def _reader(kind: str, shape: int) -> Callable[[bytes], Any]:
    """Reads the bodies of a kind in a shape.

    Raises:
        LookupError: not this way: an unknown kind, an older shape, or a fact that changes how others are read.
    """
    cls = KINDS[kind]
    if shape != cls.shape or kind == "corrected":
        raise LookupError(kind, shape)
    found: Callable[[bytes], Any]
    try:
        found = msgspec.json.Decoder(struct_of(cls, kind=kind)).decode
    except Unlike:
        found = lambda body: fact_of(kind, shape, body)  # noqa: E731
    _readers[kind, shape] = found
    return found


class Unlike(Exception):
    """A model says something that a struct cannot say."""


def struct_of(model: type[BaseModel], **constants: str) -> type[msgspec.Struct]:
    """A struct with the fields of *model*, which takes no body that the model refuses.

    Raises:
        Unlike: it would have to be laxer than the model.
    """
    model.model_rebuild()
    rules = model.__pydantic_decorators__
    if rules.model_validators or rules.field_validators or rules.validators or rules.root_validators:
        raise Unlike(model)
    fields: list[Any] = []
    for name, field in model.model_fields.items():
        kind = _type_of(field.annotation, field.metadata)
        fields.append((name, kind) if field.is_required() else (name, kind, field.default))
    return msgspec.defstruct(
        model.__name__, fields, namespace=dict(constants), forbid_unknown_fields=True, kw_only=True, gc=False
    )


def _type_of(hint: Any, said: Sequence[Any] = ()) -> Any:
    """The msgspec type of a field's annotation with what is *said* of it."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _type_of(parts[0], [*parts[1:], *said])
    if origin in {typing.Union, UnionType} and not said:
        return typing.Union[tuple(_type_of(part) for part in parts)]  # noqa: UP007
    if (origin is Literal or hint in {bool, date, type(None)}) and not said:
        return hint
    if hint is AwareDatetime and not said:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if origin is tuple and parts[1:] == (...,):
        members: Any = tuple.__class_getitem__((_type_of(parts[0]), ...))
        return Annotated[members, _limits(said)]
    if hint in {str, int}:
        return Annotated[hint, _limits(said)] if said else hint
    if isinstance(hint, type) and issubclass(hint, BaseModel) and not said:
        return struct_of(hint)
    raise Unlike(hint, said)


def _limits(said: Sequence[Any]) -> msgspec.Meta:
    """The limits of a text, a number or a list, as msgspec says them."""
    limits: dict[str, Any] = {}
    for each in said:
        rules = each.metadata if isinstance(each, FieldInfo) else [each]
        for rule in rules:
            if not isinstance(rule, Ge | Le | MinLen | MaxLen | StringConstraints):
                raise Unlike(rule)
            given = {name: v for name in _LIMITS if (v := getattr(rule, name, None)) is not None}
            if isinstance(rule, StringConstraints):
                if rule.to_upper or rule.to_lower or rule.strict or getattr(rule, "ascii_only", None):
                    raise Unlike(rule)
                if rule.strip_whitespace or rule.pattern:
                    given["pattern"] = _exactly(rule.pattern, strip=bool(rule.strip_whitespace))
            limits |= given
    return msgspec.Meta(**limits)


def _exactly(pattern: Any, *, strip: bool) -> str:
    """A pattern for Python's `re` that holds for no text that the model would refuse, or would change.

    `re` and pydantic's engine agree on ASCII; `re` alone takes a line break before `$`.
    """
    edges = (r"(?=\S)", r"(?<=\S)") if strip else ("", "")
    if pattern is None:
        return rf"\A{edges[0]}(?s:.*){edges[1]}\Z"
    if not isinstance(pattern, str) or not pattern.startswith("^") or not pattern.endswith("$"):
        raise Unlike(pattern)
    return rf"\A{edges[0]}(?a:{pattern[1:-1]}){edges[1]}\Z"
