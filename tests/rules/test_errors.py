"""Everything raised on purpose: one tree, code and facts as the interface, and it travels between processes."""

from __future__ import annotations

import copy
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
