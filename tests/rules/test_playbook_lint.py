"""The lint of playbooks: one small mistake in the preset, one finding that names it."""

from __future__ import annotations

import pytest

from aftersales_core.errors import PlaybookUnsound
from aftersales_core.playbooks import Playbook, preset_text
from aftersales_core.rules import load_playbook, preset

TEXT = preset_text("whole-house")


def _problems(text: str) -> list[str]:
    with pytest.raises(PlaybookUnsound) as caught:
        load_playbook(text)
    assert caught.value.code == "playbook-unsound"
    return list(caught.value.facts["problems"])


_DISPATCH = '[[duty]]\ncommand = "dispatch"\nroles = ["cs_supervisor"]\nclauses = ["L-13"]\n'
_BOOK_DAYS = TEXT[TEXT.index("[setting.book-days]"):]

MISTAKES = {
    "effective before announced": ("effective = 2026-01-15", "effective = 2025-12-31", "before announced 2026-01-01"),
    "unknown timezone": ("Asia/Shanghai", "Asia/Atlantis", "timezone 'Asia/Atlantis' is unknown"),
    "duty given twice": (_DISPATCH, _DISPATCH * 2, "duty dispatch: given 2 times"),
    "duty nobody holds": (_DISPATCH, "", "duty dispatch: nobody holds it"),
    "unknown role": ('roles = ["warehouse_keeper"]\nclauses = ["W-12"]', 'roles = ["robot"]\nclauses = ["W-12"]',
                     "duty notify-arrival: role 'robot' is not declared"),
    "role without a duty": ("[roles]\n", '[roles]\nrobot = { zh = "机器人", en = "robot" }\n', "role robot: holds no duty"),
    "duty for an unknown command": ("[[duty]]\n" + 'command = "report"', '[[duty]]\ncommand = "fly"\nroles = ["installer"]\n'
                                    'clauses = ["L-01"]\n\n[[duty]]\ncommand = "report"', "duty fly: there is no command 'fly'"),
    "required for an unknown command": ('[[required]]\ncommand = "make-appointment"', '[[required]]\ncommand = "fly"',
                                        "required fly: there is no command 'fly'"),
    "required field of the command": ('fields = ["satisfaction"]', 'fields = ["mood"]',
                                      "required revisit: there is no field 'mood'"),
    "required field of the ticket": ('fields = ["address"]', 'fields = ["planet"]',
                                     "required make-appointment: there is no field 'planet'"),
    "unknown predicate": ('needs = "goods-in"', 'needs = "full-moon"', "guard goods-not-arrived: there is no predicate 'full-moon'"),
    "guard of an unknown command": ('commands = ["make-appointment", "dispatch"]', 'commands = ["make-appointment", "fly"]',
                                    "guard goods-not-arrived: there is no command 'fly'"),
    "unknown remedy": ('remedies = ["raise-leftover"]', 'remedies = ["pray"]', "guard goods-not-ordered: there is no command 'pray'"),
    "unknown stage": ('explains = ["AWAITING_GOODS"]', 'explains = ["LIMBO"]', "guard goods-not-arrived: there is no stage 'LIMBO'"),
    "overlapping guard": ('needs = "no-visit-under-way"', 'needs = "goods-in"',
                          "guard visit-still-open: make-appointment already needs goods-in"),
    "unknown clause": ('needs = "arrival-untold"\nremedies = ["receive-goods"]\nclauses = ["W-12"]',
                       'needs = "arrival-untold"\nremedies = ["receive-goods"]\nclauses = ["Z-99"]',
                       "guard nothing-to-notify: clause Z-99 is not in the register"),
    "unknown paper": ('paper = "leftover-sheet"', 'paper = "napkin"', "paper napkin: there is no such paper"),
    "paper asked for twice": ('paper = "aftersales-form"\ngate = "archive"', 'paper = "install-repair-slip"\ngate = "archive"',
                              "paper install-repair-slip at archive: asked for 2 times"),
    "missing setting": (_BOOK_DAYS, "", "setting book-days: missing"),
    "setting nothing reads": ("[setting.book-days]", "[setting.book-daze]", "setting book-daze: nothing reads it"),
}  # fmt: skip


def test_the_preset_is_clean() -> None:
    book = load_playbook(TEXT)

    assert isinstance(book, Playbook)
    assert book == preset("whole-house")
    assert book.id == "whole-house@2026.1"


@pytest.mark.parametrize(("old", "new", "says"), MISTAKES.values(), ids=MISTAKES)
def test_one_mistake_is_found_and_named(old: str, new: str, says: str) -> None:
    assert old in TEXT

    problems = _problems(TEXT.replace(old, new, 1))

    assert any(says in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "whole-house"', "name = ", "not TOML"),
        ('name = "whole-house"', 'name = "Whole House"', "name: "),
        ('edition = "2026.1"', "", "edition: Field required"),
        ("soft = true", "soft = true\nstrict = 1", "strict: Extra inputs are not permitted"),
        ('roles = ["cs_supervisor"]\nclauses = ["L-13"]', "roles = []\nclauses = []", "duty.14.roles: "),
        ('gate = "drawing"', 'gate = "moon"', "gate: "),
    ],
    ids=["no TOML", "bad name", "left out", "unknown key", "empty lists", "unknown gate"],
)
def test_what_does_not_have_the_form_of_a_playbook_is_named(old: str, new: str, says: str) -> None:
    assert old in TEXT

    problems = _problems(TEXT.replace(old, new, 1))

    assert any(says in problem for problem in problems), problems


def test_all_findings_come_at_once() -> None:
    text = TEXT.replace("Asia/Shanghai", "Asia/Atlantis").replace("effective = 2026-01-15", "effective = 2025-01-15")

    assert len(_problems(text)) == 2


def test_the_sentence_lists_every_finding() -> None:
    with pytest.raises(PlaybookUnsound) as caught:
        load_playbook(TEXT.replace("Asia/Shanghai", "Asia/Atlantis"))

    assert "Asia/Atlantis" in caught.value.sentence("zh")
    assert "Asia/Atlantis" in str(caught.value)


def test_a_preset_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(PlaybookUnsound) as caught:
        preset("moon-base")

    assert caught.value.code == "no-such-preset"
    assert "whole-house" in caught.value.facts["presets"]


def test_a_figure_is_a_whole_number() -> None:
    book = preset()

    assert book.figure("slips-at") == 8
    yes = book.setting["slips-at"].model_copy(update={"value": True})
    with pytest.raises(TypeError, match="slips-at"):
        book.model_copy(update={"setting": {"slips-at": yes}}).figure("slips-at")
