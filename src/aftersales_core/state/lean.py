"""精读: a ticket straight from its stored rows, for the many times when nobody asks for the entries.

The pydantic models of the facts are the contract. From each of them a msgspec struct is generated that takes a part of
what the model takes and reads it to equal values, in a third of the time; what it does not take is left to the model,
which also says what is wrong. Folds tell either by its `kind`. Nothing of this leaves the module but the ticket.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Sequence
from copy import copy
from datetime import date, datetime
from operator import attrgetter
from types import UnionType
from typing import Annotated, Any, Final, Literal, NamedTuple

import msgspec
import msgspec.inspect
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from aftersales_core.codec import OPENING, TIME, Row, decode, fact_of, times_of
from aftersales_core.facts import KINDS
from aftersales_core.state.history import fold, replay
from aftersales_core.state.ticket import Ticket


class Head(msgspec.Struct, gc=False):
    """What folding asks of an envelope."""

    occurred_at: datetime
    actor: str
    playbook: str
    shape: int = 1


REMEMBERED: Final = 4096
"""Texts remembered for each pattern they fit."""

SHORT: Final = 120
"""Bytes of a body that is worth remembering; a longer one hardly comes again."""

BODIES: Final = 500
"""Bodies remembered of each kind."""

_FRACTION: Final = TIME + len("2026-11-02T09:00:00")
_FINER: Final = _FRACTION + len(".000000")
_POINT: Final = ord(".")
_TOO_FINE: Final = re.compile(rb"\.[0-9]{7}").search

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
    after = copy(ticket)
    return after if _fold_into(after, rows) else None


def _fold_into(ticket: Ticket, rows: Sequence[Row]) -> bool:
    """Change *ticket*, which nobody else holds, by *rows*; False, with the ticket half changed, where it cannot be done so."""
    try:
        for _number, _version, kind, state, _position in rows:
            # a time finer than we write it is rounded by one reader and cut off by the other
            if not state.startswith(OPENING, 64) or (state[_FRACTION] == _POINT and state[_FINER : _FINER + 1].isdigit()):
                return False
            _digest, line, body = state.split(b"\n", 2)
            head = _head(line)
            # as `fact_in`, for every fact of every ticket comes by here
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


def fact_in(kind: str, shape: int, body: bytes) -> Any:
    """The fact of a stored body: as its struct where that takes it, else as its model does.

    Raises:
        LookupError, ValueError: neither takes it, or it changes how others are read.
    """
    read = _readers.get((kind, shape)) or _reader(kind, shape)
    try:
        return read(body)
    except msgspec.DecodeError:
        return fact_of(kind, shape, body)


def _reader(kind: str, shape: int) -> Callable[[bytes], Any]:
    """Reads the bodies of a kind in a shape.

    Raises:
        LookupError: not this way: an unknown kind or shape, or a fact that changes how others are read.
    """
    cls = KINDS[kind]
    if shape not in range(1, cls.shape + 1) or kind == "corrected":
        raise LookupError(kind, shape)
    found: Callable[[bytes], Any]
    try:
        if shape != cls.shape:
            raise Unlike(kind, shape)
        struct = struct_of(cls, kind=kind)
        found = msgspec.json.Decoder(struct).decode
        if "DateTimeType" in repr(msgspec.inspect.type_info(struct)):
            found = _not_too_fine(found)
        if hasattr(struct, "__post_init__"):
            found = _remembering(found)
    except Unlike:
        found = lambda body: fact_of(kind, shape, body)  # noqa: E731
    _readers[kind, shape] = found
    return found


def _not_too_fine(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """*read* without bodies that may have a time finer than a microsecond, which a struct rounds and a model cuts off."""

    def looked(body: bytes) -> Any:
        if _TOO_FINE(body):
            raise msgspec.DecodeError(body)
        return read(body)

    return looked


def _remembering(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """*read*, which knows short bodies again: the same crew, papers and checks come in one ticket after another.

    So they are looked at once, and what a ticket keeps of them is kept once for all tickets. No fold changes a fact.
    """
    known: dict[bytes, Any] = {}

    def again(body: bytes) -> Any:
        if len(body) > SHORT:
            return read(body)
        fact = known.get(body)
        if fact is None:
            fact = read(body)
            if len(known) < BODIES:
                known[body] = fact
        return fact

    return again


class Unlike(Exception):
    """A model says something that a struct cannot say."""


def struct_of(model: type[BaseModel], **constants: str) -> type[msgspec.Struct]:
    """A struct with the fields of *model*, which takes no body that the model refuses.

    Raises:
        Unlike: it would have to be laxer than the model.
    """
    model.model_rebuild()
    rules = model.__pydantic_decorators__
    if rules.field_validators or rules.validators or rules.root_validators:
        raise Unlike(model)
    # what looks at the whole fact once it is read looks at its fields, and does so as well in a struct
    whole = [(name, each.info.mode) for name, each in rules.model_validators.items()]
    if any(mode != "after" for _name, mode in whole):
        raise Unlike(model)
    fields: list[Any] = []
    checks: list[_Check] = []
    for name, field in model.model_fields.items():
        if (text := _text_of(field.annotation, field.metadata)) is not None:
            kind, test, many = text
            checks += [_Check(name, test, many)] if test is not None else []
        else:
            kind = _type_of(field.annotation, field.metadata)
        fields.append((name, kind) if field.is_required() else (name, kind, field.default))
    afterwards = [getattr(model, name) for name, _mode in whole]
    namespace: dict[str, Any] = dict(constants)
    if checks or afterwards:
        namespace["__post_init__"] = _checking(checks, afterwards)
    return msgspec.defstruct(
        model.__name__, fields, namespace=namespace, forbid_unknown_fields=True, kw_only=True, gc=False
    )


class _Check(NamedTuple):
    """What is looked at in a field once it is read: a text, None, or *many* texts."""

    name: str
    test: Callable[[str], bool]
    many: bool


def _checking(checks: Sequence[_Check], afterwards: Sequence[Callable[[Any], Any]]) -> Callable[[Any], None]:
    """What msgspec calls with every struct it has made; the ValueError becomes its own."""
    bare = [check.name for check in checks if check.test is _is_bare and not check.many]
    # two names at least, for one alone would be given back bare
    bare_of = attrgetter(*bare, *bare[:1]) if bare else None
    others = [check for check in checks if check.name not in bare]

    def look(struct: Any) -> None:
        if bare_of is not None:
            for text in bare_of(struct):
                if text is not None and text != text.strip():
                    raise ValueError(text)
        for name, test, many in others:
            value = getattr(struct, name)
            if value is not None and not (all(map(test, value)) if many else test(value)):
                raise ValueError(name)
        for check in afterwards:
            check(struct)

    return look


def _text_of(hint: Any, said: Sequence[Any] = ()) -> tuple[Any, Callable[[str], bool] | None, bool] | None:
    """The type of a field of text, of text or None, or of several texts, and what is left to be looked at in it.

    None for a field of anything else. A pattern that msgspec looks at costs more than all the rest of a fact.
    """
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _text_of(parts[0], [*parts[1:], *said])
    if hint is str and said:
        limits, test = _limited(said)
        return Annotated[str, msgspec.Meta(**limits)] if limits else str, test, False
    if origin in {typing.Union, UnionType} and len(parts) == 2 and parts[1] is type(None) and not said:
        found = _text_of(parts[0])
        return None if found is None or found[2] else (found[0] | None, found[1], False)
    if origin is tuple and parts[1:] == (...,):
        found = _text_of(parts[0])
        if found is not None and not found[2]:
            members: Any = tuple.__class_getitem__((found[0], ...))
            limits, test = _limited(said)
            assert test is None
            return Annotated[members, msgspec.Meta(**limits)], found[1], True
    return None


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
    """The limits of a number, a list or a text within something else, as msgspec says them."""
    limits, test = _limited(said)
    if test is not None:
        raise Unlike(said)
    return msgspec.Meta(**limits)


def _limited(said: Sequence[Any]) -> tuple[dict[str, Any], Callable[[str], bool] | None]:
    """The limits in what is *said* of a type, and what has to hold of a text beside them."""
    limits: dict[str, Any] = {}
    test: Callable[[str], bool] | None = None
    for each in said:
        rules = each.metadata if isinstance(each, FieldInfo) else [each]
        for rule in rules:
            if not isinstance(rule, Ge | Le | MinLen | MaxLen | StringConstraints):
                raise Unlike(rule)
            limits |= {name: v for name in _LIMITS if (v := getattr(rule, name, None)) is not None}
            if isinstance(rule, StringConstraints):
                if rule.to_upper or rule.to_lower or rule.strict or getattr(rule, "ascii_only", None) or test is not None:
                    raise Unlike(rule)
                if rule.pattern is not None:
                    test = _matching(_exactly(rule.pattern), strip=bool(rule.strip_whitespace))
                elif rule.strip_whitespace:
                    test = _is_bare
    return limits, test


def _is_bare(text: str) -> bool:
    """Whether the model would leave the edges of *text* as they are."""
    return text == text.strip()


def _matching(pattern: str, *, strip: bool) -> Callable[[str], bool]:
    """Whether a text is as *pattern* says; what was found to be is remembered, for people and parts come again and again."""
    fits = re.compile(pattern).match
    known: set[str] = set()

    def matches(text: str) -> bool:
        if text in known:
            return True
        if fits(text) is None or (strip and not _is_bare(text)):
            return False
        if len(known) < REMEMBERED:
            known.add(text)
        return True

    return matches


def _exactly(pattern: Any) -> str:
    """A pattern for Python's `re` that holds for no text that the model would refuse.

    `re` and pydantic's engine agree on ASCII; `re` alone takes a line break before `$`.
    """
    if not isinstance(pattern, str) or not pattern.startswith("^") or not pattern.endswith("$"):
        raise Unlike(pattern)
    return rf"(?a:{pattern[1:-1]})\Z"
