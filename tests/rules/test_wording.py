"""What people read: both languages say the same things, and every code that is raised has its sentence."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import aftersales_core
from aftersales_core import errors, moves, rules, wording
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, KINDS, LATER_THAN_RECORDED
from aftersales_core.rules import EVERY_COMMAND, preset
from aftersales_core.rules.access import ACCESS_COMMANDS
from aftersales_core.wording import en, zh

SRC = Path(aftersales_core.__file__).parent
ERRORS = {name for name, cls in vars(errors).items() if isinstance(cls, type) and issubclass(cls, errors.AftersalesError)}
RAISERS = ERRORS | {"Refusal", "bad"}
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def _raised() -> set[str]:
    """Every code written down where something is raised or found, in the core and in its adapters."""
    found = set()
    adapters = SRC.parents[1] / "adapters"
    rooms = [SRC, adapters / "aftersales_sqlite", adapters / "aftersales_sql", adapters / "aftersales_folder"]
    for path in (p for room in rooms for p in room.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISERS:
                match node.args:
                    case [ast.Constant(value=str(code)), *_] if _CODE.fullmatch(code):
                        found.add(code)
    return found


def _fields(template: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name}


def test_the_codes_in_the_sources_are_found() -> None:
    assert {"role-may-not", "naive-datetime", "stale-ticket", "fact-unreadable", "digest-wrong"} <= _raised()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_code_that_is_raised_has_a_sentence(lang: wording.Lang) -> None:
    assert _raised() - wording.codes(lang) == set()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_guard_has_a_sentence(lang: wording.Lang) -> None:
    assert {guard.id for guard in preset().guard} - wording.codes(lang) == set()


def test_both_languages_have_the_same_sentences() -> None:
    assert wording.codes("zh") == wording.codes("en")


def test_both_languages_have_the_same_vocabularies() -> None:
    assert set(zh.WORDS) == set(en.WORDS)
    assert set(zh.PARTS) == set(en.PARTS)
    for name, words in zh.WORDS.items():
        if name not in {"command", "field"}:  # in English these are shown by their names
            assert set(words) <= set(en.WORDS[name]), name
        assert set(en.WORDS[name]) <= set(words), name


@pytest.mark.parametrize("code", sorted(wording.codes("zh")))
def test_both_languages_tell_the_same_facts(code: str) -> None:
    chinese, english = ({name for name, _spec in _fields(table.SENTENCES[code])} for table in (zh, en))

    # the command a sentence is about may be said by the verb itself
    assert chinese ^ english <= {"command"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_vocabulary_a_sentence_looks_into_exists(lang: wording.Lang) -> None:
    tables = wording.LANGS[lang]
    templates = [*tables.SENTENCES.values(), tables.MISSING, tables.REMEDY, tables.CLAUSES]
    asked = {spec for template in templates for _name, spec in _fields(template) if spec}

    assert asked - set(tables.WORDS) <= {"missing", "part"}


def test_every_name_of_the_core_has_its_chinese_word() -> None:
    assert set(zh.WORDS["stage"]) == set(moves.TICKET.states)
    assert {state for table in moves.TABLES[1:] for state in table.states} <= set(zh.WORDS["state"])
    assert set(zh.WORDS["fact"]) == set(KINDS)
    assert set(zh.WORDS["command"]) == {*EVERY_COMMAND, *ACCESS_COMMANDS}
    assert set(preset().roles) <= set(zh.WORDS["role"])
    assert set(zh.WORDS["flag"]) == {EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED}


def test_a_word_that_is_not_known_stands_for_itself() -> None:
    assert wording.word("stage", "READY", "zh") == "待派工"
    assert wording.word("stage", "LIMBO", "zh") == "LIMBO"
    assert wording.word("stage", None, "en") == "—"


def test_a_list_is_joined_as_the_language_joins_it() -> None:
    assert wording.listed(["a", "b"], "zh") == "a、b"
    assert wording.listed(["a", "b"], "en") == "a, b"


@pytest.mark.parametrize(
    ("item", "chinese", "english"),
    [
        ("paper:install-repair-slip", "《安装维修反馈单》", "install/repair slip"),
        ("line:L1-1 门板", "遗留明细 L1-1 门板", "leftover line L1-1 门板"),
        ("field:phone", "联系电话", "phone"),
        ("class:B", "B 类回访", "call-back class B"),
    ],
)
def test_what_is_missing_is_named(item: str, chinese: str, english: str) -> None:
    assert wording.missing(item, "zh") == chinese
    assert english in wording.missing(item, "en")


def test_a_refusal_reads_as_fact_lack_way_on_and_clause() -> None:
    refusal = rules.Refusal("goods-not-arrived", ("L-11",), ("line:L1-1 门板",), ("receive-goods",), {})
    error = refusal.error("AS-1", "dispatch")

    assert error.sentence("zh") == (
        "工单 AS-1 的货物未到齐，不能「派工」：缺 遗留明细 L1-1 门板；可先 登记入仓（条款 L-11）"
    )
    assert str(error) == (
        "the goods of ticket AS-1 are not all in, dispatch must wait; missing: leftover line L1-1 门板;"
        " first receive-goods (clause L-11)"
    )


def test_a_soft_refusal_says_that_a_reason_is_enough() -> None:
    error = rules.Refusal("no-score", ("F-06",), soft=True).error("AS-1", "approve-slip")

    assert "override" in error.sentence("en")
    assert "理由" in error.sentence("zh")


def test_a_code_without_a_sentence_is_still_said() -> None:
    assert "moon-phase" in wording.sentence("moon-phase", {}, "en")


_BAD = [
    ("{", "not-json"),
    ("[]", "not-an-object"),
    ({}, "no-command"),
    ({"command": "fly"}, "unknown-command"),
    ({"command": "depart", "ticket": "A", "command_id": "c", "occurred_at": "2026-11-02T09:00:00Z", "actor": "a",
      "role": "installer", "speed": 9}, "unknown-field"),
    ({"command": "depart"}, "field-left-out"),
    ({"command": "depart", "ticket": "A", "command_id": "c", "occurred_at": "2026-11-02T09:00:00", "actor": "a",
      "role": "installer"}, "naive-datetime"),
    ({"command": "depart", "ticket": "has space", "command_id": "c", "occurred_at": "2026-11-02T09:00:00Z",
      "actor": "a", "role": "installer"}, "bad-value"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "code"), _BAD, ids=[code for _, code in _BAD])
def test_bad_input_is_told_with_field_value_and_remedy(given: object, code: str) -> None:
    with pytest.raises(errors.BadInput) as caught:
        rules.parse_command(given)  # type: ignore[arg-type]

    assert caught.value.code == code
    for lang in ("zh", "en"):
        said = caught.value.sentence(lang)
        left = said.replace('{"command": …}', "").replace(str(caught.value.facts["reason"]), "")
        assert not re.search(r"[{}]", left), said
        assert not re.search(r"「」|  |= is", said), said
        assert ("；" in said) if lang == "zh" else (";" in said)
