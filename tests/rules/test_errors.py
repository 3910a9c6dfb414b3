"""Everything raised on purpose: one tree, code and facts as the interface, and it travels between processes."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from aftersales_core import errors
from aftersales_core.errors import (
    AftersalesError,
    BadInput,
    NoAdapter,
    PlaybookUnsound,
    Refused,
    UnknownTicket,
)
from aftersales_core.rules import parse_command

TREE = sorted(
    (cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, AftersalesError)),
    key=lambda cls: cls.__name__,
)
_FACTS = {"ticket": "AS-1", "clauses": ("L-14",), "missing": ("paper:install-repair-slip",), "value": {"a": [1]}}


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy],
                         ids=["pickled", "copied", "copied deep"])  # fmt: skip
def test_an_error_travels_whole(cls: type[AftersalesError], again) -> None:  # type: ignore[no-untyped-def]
    error = cls("unknown-ticket", _FACTS, command="depart")

    back = again(error)

    assert type(back) is cls
    assert (back.code, back.facts, back.args) == (error.code, error.facts, error.args)
    assert (str(back), back.sentence("zh")) == (str(error), error.sentence("zh"))


@pytest.mark.parametrize("cls", TREE, ids=lambda c: c.__name__)
def test_every_error_is_caught_by_the_root_and_carries_code_and_facts(cls: type[AftersalesError]) -> None:
    error = cls("locked", {"path": "a.db"}, path="b.db")

    assert isinstance(error, AftersalesError)
    assert (error.code, error.facts) == ("locked", {"path": "b.db"})
    assert str(error) == "b.db is held by another program; try again shortly"


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [(BadInput, ValueError), (UnknownTicket, LookupError), (PlaybookUnsound, ValueError), (NoAdapter, LookupError)],
)
def test_some_errors_are_python_s_own_as_well(cls: type[AftersalesError], builtin: type[Exception]) -> None:
    assert issubclass(cls, builtin)


def test_a_refusal_says_clauses_what_is_missing_and_the_way_on() -> None:
    full = Refused("papers-missing", clauses=("L-14",), missing=("paper:drawing",), remedies=("prepare-papers",))

    assert (full.clauses, full.missing, full.remedies) == (("L-14",), ("paper:drawing",), ("prepare-papers",))


def test_a_refusal_without_facts_has_none() -> None:
    bare = Refused("papers-missing")

    assert (bare.clauses, bare.missing, bare.remedies) == ((), (), ())


@pytest.mark.parametrize(
    ("fields", "zh"),
    [
        ({"lines": [{"item": "门板", "qty": 0, "needs_goods": True}]}, "lines.0.qty 的值 0 不对：应不小于 1；请改正后重发"),
        ({"lines": []}, "lines 的值 [] 不对：至少 1 项；请改正后重发"),
        ({"lines": [{"item": "门板", "needs_goods": "也许"}]}, "lines.0.needs_goods 的值 也许 不对：应为 true 或 false；请改正后重发"),
        ({"visit": "第一次", "lines": [{"item": "门板", "needs_goods": True}]}, "visit 的值 第一次 不对：应为整数；请改正后重发"),
    ],
)
def test_a_wrong_value_is_explained_in_the_readers_language(fields: dict[str, object], zh: str) -> None:
    shared = {"ticket": "T-1", "command_id": "c", "actor": "lin", "role": "installer", "occurred_at": "2026-11-02T09:00:00+08:00"}

    with pytest.raises(BadInput) as caught:
        parse_command({"command": "raise-leftover", **shared, **fields})

    assert caught.value.sentence("zh") == zh


@pytest.mark.parametrize(("field", "value"), [("occurred_at", 0), ("amount", "120"), ("amount", 120.0)])
def test_whoever_says_strict_has_values_taken_only_as_the_schema_says(field: str, value: object) -> None:
    said = {"command": "quote", "ticket": "T-1", "command_id": "c", "actor": "lin", "role": "x", "occurred_at": "2026-11-02T09:00:00+08:00", "amount": 120}

    assert parse_command(json.dumps(said), strict=True) == parse_command(json.dumps(said))
    parse_command(json.dumps({**said, field: value}))
    with pytest.raises(BadInput) as caught:
        parse_command(json.dumps({**said, field: value}), strict=True)
    assert caught.value.facts["field"] == field
