"""A house's own file on top of a preset: what is different, what is taken away, which reading holds."""

from __future__ import annotations

import pytest

from aftersales_core.errors import PlaybookUnsound
from aftersales_core.playbooks import Playbook, lint_readings, preset_text
from aftersales_core.rules import load_playbook, preset, reading
from aftersales_core.rules.vocabulary import vocabulary
from aftersales_core.testing import Scene, scene_at

HEAD = 'extends = "whole-house"\nname = "our-shop"\nedition = "3"\n'
BOOK = preset()
READINGS = [(choice.id, option) for choice in BOOK.choice for option in choice.options]


def house(text: str = "") -> Playbook:
    return load_playbook(HEAD + text)


def problems(text: str) -> list[str]:
    with pytest.raises(PlaybookUnsound) as caught:
        house(text)
    return list(caught.value.facts["problems"])


def test_a_house_that_says_nothing_more_is_the_preset_under_its_own_name() -> None:
    ours = house()

    assert ours.id == "our-shop@3"
    assert ours.model_dump(exclude={"name", "edition"}) == BOOK.model_dump(exclude={"name", "edition"})


def test_an_entry_of_the_same_name_takes_its_place_and_another_comes_on_top() -> None:
    ours = house(
        '[[duty]]\ncommand = "dispatch"\nroles = ["cs_specialist"]\nclauses = ["L-13"]\n'
        '[[guard]]\nid = "no-diagnosis"\ncommands = ["triage"]\nneeds = "ticket:finding"\nclauses = ["T-16"]\n'
        '[setting.slips-at]\nvalue = 7\nclauses = ["F-01"]\n'
        '[roles]\napprentice = { zh = "学徒", en = "apprentice" }\n'
        '[[required]]\ncommand = "close"\nfields = ["result"]\nclauses = ["I-01"]\n'
        '[[duty]]\ncommand = "report"\nroles = ["apprentice"]\nclauses = ["L-01"]\n'
    )

    assert ours.duties["dispatch"].roles == ("cs_specialist",)
    assert [d.command for d in ours.duty] == [d.command for d in BOOK.duty]
    assert ours.guards["triage"][0].id == "no-diagnosis"
    assert ours.figure("slips-at") == 7
    assert ours.figure("calls-at") == 9
    assert set(ours.roles) == {*BOOK.roles, "apprentice"}
    assert len(ours.required) == len(BOOK.required) + 1


@pytest.mark.parametrize(
    ("text", "kind", "gone"),
    [
        ('[[guard]]\nid = "no-score"\noff = true\n', "guard", "no-score"),
        ('[[clock]]\nid = "booking"\noff = true\n', "clock", "booking"),
        ('[[paper]]\npaper = "aftersales-form"\ngate = "archive"\noff = true\n', "paper", "aftersales-form"),
        ('[[series]]\nid = "birthday-care"\noff = true\n', "series", "birthday-care"),
        ('[[required]]\ncommand = "make-appointment"\nof = "ticket"\nfields = ["address"]\noff = true\n', "required", "make-appointment"),
    ],
)
def test_an_entry_is_taken_away(text: str, kind: str, gone: str) -> None:
    def names(book: Playbook) -> list[str]:
        entries = getattr(book, kind)
        return [getattr(e, "id", None) or getattr(e, "paper", None) or e.command for e in entries]

    assert len(names(house(text))) == len(names(BOOK)) - 1
    assert names(house(text)).count(gone) == names(BOOK).count(gone) - 1


def test_a_guard_of_ones_own_refuses_in_ones_own_words() -> None:
    ours = house(
        '[[guard]]\nid = "no-diagnosis"\ncommands = ["triage"]\nneeds = "ticket:finding"\nremedies = ["diagnose"]\n'
        'says = { zh = "{还没}诊断，不判定", en = "not {diagnosed}, no triage" }\nwhen = { category = ["repair"] }\nclauses = ["T-16"]\n'
    )
    scene = scene_at("维修", "已联系", playbook=ours)

    scene.when("triage", "cs_specialist", service="repair", needs_goods=False).then_refused("no-diagnosis", clause="T-16")
    assert scene.refusal.sentence("zh") == "{还没}诊断，不判定：缺 诊断结果；可先 诊断（条款 T-16）"
    assert str(scene.refusal).startswith("not {diagnosed}, no triage; missing: finding")
    scene.when("diagnose", "cs_specialist", finding="铰链松").when("triage", "cs_specialist", service="repair", needs_goods=False)
    scene.then_recorded("triaged")
    other = scene_at("安装", "已联系", playbook=ours)
    other.when("triage", "cs_specialist", service="install", needs_goods=False).then_recorded("triaged")


@pytest.mark.parametrize(
    ("needs", "place", "command", "role", "fix"),
    [
        ("visit:paid", "已到现场", "complete-visit", "installer", ("collect-payment", {"amount": 100, "receipt_no": "R-1"})),
        ("slip:slip_no", "反馈单已上交", "approve-slip", "install_supervisor", None),
        ("paper:acceptance-card.handed-in", "已验收", "hand-in-slip", "installer",
         ("move-paper", {"paper": "acceptance-card", "step": "handed-in"})),
        ("field:birthday", "已验收", "hand-in-slip", "installer", ("fill-fields", {"fields": {"birthday": "1988-11-20"}})),
        ("ticket:files", "已验收", "hand-in-slip", "installer",
         ("attach-file", {"digest": "ab" * 32, "media_type": "image/png", "size": 1})),
    ],
)  # fmt: skip
def test_what_a_guard_may_need_by_its_place(needs: str, place: str, command: str, role: str, fix: tuple[str, dict[str, object]] | None) -> None:
    ours = house(f'[[guard]]\nid = "ours"\ncommands = ["{command}"]\nneeds = "{needs}"\nclauses = ["I-03"]\n')
    scene = scene_at("安装", place, playbook=ours)
    words = {"work": "装好"} if command == "complete-visit" else {}

    if fix is not None:
        scene.when(command, role, **words).then_refused("ours", clause="I-03")
        assert scene.refusal.missing
        scene.when(fix[0], "installer", **fix[1])
    scene.when(command, role, **words)
    assert scene.error is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[choose]\nwho-issues-the-sheet = "nobody"\n', "there is no reading 'nobody'; there are three-roles, designer-only"),
        ('[choose]\nwho-cooks = "me"\n', "there is no choice 'who-cooks'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "moon:phase"\nclauses = ["I-01"]\n', "guard ours: there is no predicate 'moon:phase'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "ticket:mood"\nclauses = ["I-01"]\n', "there is no predicate 'ticket:mood'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "paper:napkin.handed-in"\nclauses = ["I-01"]\n', "there is no form 'napkin'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "paper:daily-report.registered"\nclauses = ["I-01"]\n',
         "form 'daily-report' takes no step 'registered'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "notice:gossip"\nclauses = ["I-01"]\n', "there is no notice 'gossip'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "field:shoe"\nclauses = ["I-01"]\n', "there is no field 'shoe'"),
        ('[[guard]]\nid = "ours"\ncommands = ["close"]\nneeds = "ticket:result"\nwhen = { mood = ["x"] }\nclauses = ["I-01"]\n',
         "guard ours: there is no field 'mood' to go by"),
        ('[[form]]\nid = "napkin"\ntitle = { zh = "餐巾", en = "napkin" }\nof = "visit"\nstep = [{ step = "handed-in" }]\nclauses = ["F-14"]\n',
         "form napkin: step 'handed-in': nobody takes it"),
        ('[[form]]\nid = "napkin"\ntitle = { zh = "餐巾", en = "napkin" }\nof = "visit"\nstep = [{ step = "handed-in", roles = ["ghost"] }]\n'
         'clauses = ["F-14"]\n', "form napkin: role 'ghost' is not declared"),
        ('[[form]]\nid = "napkin"\ntitle = { zh = "餐巾", en = "napkin" }\nof = "visit"\n'
         'step = [{ step = "handed-in", roles = ["designer"] }]\nclauses = ["F-14"]\n',
         "form napkin: step 'handed-in': role 'designer' does not hold the duty move-paper"),
        ('[[form]]\nid = "napkin"\ntitle = { zh = "餐巾", en = "napkin" }\nof = "visit"\n'
         'step = [{ step = "handed-in", command = "fold" }]\nclauses = ["F-14"]\n', "form napkin: there is no command 'fold'"),
        ('[[form]]\nid = "napkin"\ntitle = { zh = "餐巾", en = "napkin" }\nof = "visit"\nclauses = ["F-14"]\n'
         'step = [{ step = "handed-in", roles = ["installer"] }, { step = "handed-in", roles = ["installer"] }]\n',
         "form napkin: step 'handed-in' is given more than once"),
        ('[[checklist]]\nid = "c"\ntitle = { zh = "单", en = "list" }\ncommands = ["fly"]\nclauses = ["G-08"]\n'
         'items = [{ id = "a", title = { zh = "甲", en = "a" } }, { id = "a", title = { zh = "乙", en = "b" } }]\n',
         "checklist c: item 'a' is given more than once"),
        ('[[checklist]]\nid = "c"\ntitle = { zh = "单", en = "list" }\ncommands = ["fly"]\nclauses = ["G-08"]\n'
         'items = [{ id = "a", title = { zh = "甲", en = "a" } }]\n', "checklist c: there is no command 'fly'"),
        ('[[notice]]\nid = "n"\ntitle = { zh = "告", en = "n" }\nto = "customer"\nfrom = "full-moon"\n'
         'limit = { amount = 1, unit = "days" }\nclauses = ["R-10"]\n', "clock n: there is no moment 'full-moon'"),
        ('[[notice]]\nid = "n"\ntitle = { zh = "告", en = "n" }\nto = "customer"\nfrom = "closed"\nlist = "cellar"\n'
         'limit = { amount = 1, unit = "days" }\nclauses = ["R-10"]\n', "clock n: there is no list 'cellar'"),
        ('[[series]]\nid = "s"\ntitle = { zh = "列", en = "s" }\nfrom = "yearly:nameday"\nclauses = ["N-07"]\n'
         'step = [{ id = "x", title = { zh = "甲", en = "x" }, opens = { hour = 9 }, limit = { amount = 0, unit = "days" } }]\n',
         "clock x: 'yearly:nameday': there is no field 'nameday' of type date"),
        ('[[routine]]\nid = "r"\ntitle = { zh = "例", en = "r" }\nevery = "days"\nroles = ["ghost"]\nclauses = ["N-12"]\n',
         "routine r: role 'ghost' is not declared"),
        ('[[routine]]\nid = "r"\ntitle = { zh = "例", en = "r" }\nevery = "days"\nroles = ["installer"]\nclauses = ["N-12"]\n',
         "routine r: days and every = 'days' go together"),
        ('[[routine]]\nid = "r"\ntitle = { zh = "例", en = "r" }\nevery = "month"\nhour = 25\nby = "tea-time"\nroles = ["installer"]\nclauses = ["N-12"]\n',
         "routine r: 25 is no hour from 0 to 23"),
        ('[[routine]]\nid = "r"\ntitle = { zh = "例", en = "r" }\nevery = "month"\nby = "tea-time"\nroles = ["installer"]\nclauses = ["N-12"]\n',
         "routine r: there is no setting 'tea-time'"),
        ('[[routine]]\nid = "r"\ntitle = { zh = "例", en = "r" }\nevery = "month"\nlist = "cellar"\nroles = ["installer"]\nclauses = ["N-12"]\n',
         "routine r: there is no list 'cellar'"),
        ('[[field]]\nid = "f"\ntitle = { zh = "栏", en = "f" }\ntype = "choice"\nclauses = ["I-08"]\n',
         "field f: choices and type 'choice' go together"),
        ('[[field]]\nid = "f"\ntitle = { zh = "栏", en = "f" }\nrequired-for = ["fly"]\nclauses = ["I-08"]\n', "field f: there is no command 'fly'"),
        ('[[clock]]\nid = "k"\nfrom = "visit-done"\nuntil = "paper:napkin.handed-in"\nlimit = { amount = 1, unit = "mornings" }\nclauses = ["F-15"]\n',
         "clock k: 'paper:napkin.handed-in': there is no form 'napkin'"),
        ('[[clock]]\nid = "k"\nfrom = "visit-done"\nuntil = "paper:daily-report.archived"\nlimit = { amount = 1, unit = "mornings" }\nclauses = ["F-15"]\n',
         "form 'daily-report' takes no step 'archived'"),
        ('[[clock]]\nid = "k"\nfrom = "visit:mood"\nlimit = { amount = 1, unit = "days" }\nclauses = ["F-15"]\n', "clock k: there is no moment 'visit:mood'"),
        ('[[clock]]\nid = "k"\nfrom = "notice:gossip"\nlimit = { amount = 1, unit = "days" }\nclauses = ["F-15"]\n', "there is no notice 'gossip'"),
        ('[[clock]]\nid = "book"\nfrom = "closed"\nlimit = { amount = 1, unit = "days" }\nreminds = { list = "office", command = "follow-up" }\n'
         'clauses = ["F-15"]\n', "clock book: there is a task 'book' already"),
        ('[[clock]]\nid = "k"\nfrom = "closed"\nlimit = { amount = 1, unit = "days" }\ntask = "visit"\n'
         'reminds = { list = "office", command = "follow-up" }\nclauses = ["F-15"]\n', "drives task 'visit' and makes one of its own"),
        ('[[clock]]\nid = "k"\nfrom = "closed"\nlimit = { amount = 1, unit = "days" }\nwhen = { mood = ["x"] }\nclauses = ["F-15"]\n',
         "clock k: there is no field 'mood' of a ticket"),
        ('[[clock]]\nid = "k"\nfrom = "closed"\nlimit = { amount = 1.5, unit = "months" }\nclauses = ["F-15"]\n', "limit of 1.5 months is no number of days"),
        ('[[form]]\nid = "daily-report"\noff = true\n', "there is no form 'daily-report'"),
    ],
)  # fmt: skip
def test_one_mistake_in_a_house_s_own_file_is_found_and_named(text: str, says: str) -> None:
    found = problems(text)

    assert any(says in problem for problem in found), found


def test_a_preset_that_is_not_there_is_named() -> None:
    with pytest.raises(PlaybookUnsound) as caught:
        load_playbook('extends = "moon-base"\nname = "x"\nedition = "1"\n')

    assert caught.value.code == "no-such-preset"


def test_every_reading_of_every_choice_is_sound() -> None:
    assert lint_readings(preset_text("whole-house"), vocabulary()) == []


def test_a_reading_that_changes_what_is_not_there_is_found_when_it_is_tried() -> None:
    wrong = HEAD + (
        '[[choice]]\nid = "c"\nsource = "000-1"\nasks = { zh = "？", en = "?" }\nvalue = "a"\nclauses = ["R-06"]\n'
        '[choice.options.a]\ntitle = { zh = "甲", en = "a" }\n'
        '[choice.options.b]\ntitle = { zh = "乙", en = "b" }\nset = { "duty.fly.roles" = ["installer"] }\n'
    )

    assert load_playbook(wrong).id == "our-shop@3"
    assert lint_readings(wrong, vocabulary()) == ["choice c: reading 'b': choice c: reading 'b': there is no duty 'fly'"]


@pytest.mark.parametrize(("choice", "option"), READINGS, ids=[f"{c}={o}" for c, o in READINGS])
def test_a_reading_holds_once_it_is_chosen_and_changes_something_unless_it_held_already(choice: str, option: str) -> None:
    read = reading(choice, option)
    held = next(each.value for each in BOOK.choice if each.id == choice)

    assert next(each.value for each in read.choice if each.id == choice) == option
    without = {"name", "edition", "choice"}
    assert (read.model_dump(exclude=without) == BOOK.model_dump(exclude=without)) == (option == held)


def test_the_other_readings_are_tried_with_those_a_house_has_chosen() -> None:
    """Reading "second" softens the guard that "first" adds: tried without "first = b" there would be nothing to soften."""
    guard = '{ guard = [{ id = "ours", commands = ["close"], needs = "ticket:result", clauses = ["I-01"] }] }'
    effects = {"first": f"add = {guard}", "second": 'set = { "guard.ours.soft" = true }'}
    text = HEAD + '[choose]\nfirst = "b"\n'
    for name, effect in effects.items():
        text += (
            f'[[choice]]\nid = "{name}"\nsource = "000-1"\nasks = {{ zh = "？", en = "?" }}\nvalue = "a"\nclauses = ["R-06"]\n'
            f'[choice.options.a]\ntitle = {{ zh = "甲", en = "a" }}\n'
            f'[choice.options.b]\ntitle = {{ zh = "乙", en = "b" }}\n{effect}\n'
        )

    assert lint_readings(text, vocabulary()) == []
    assert lint_readings(text.replace('[choose]\nfirst = "b"\n', ""), vocabulary()) != []


def test_every_contradiction_names_where_it_stands_and_its_clauses() -> None:
    sources = {number.strip() for choice in BOOK.choice for number in choice.source.split(",")}

    assert {f"000-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 22, 23)} <= sources
    assert {f"001-{n}" for n in (1, 3, 4, 5, 6, 7, 9, 11, 12)} <= sources
    assert all(choice.clauses and len(choice.options) >= 2 for choice in BOOK.choice)


def test_a_role_of_ones_own_is_called_by_its_title() -> None:
    ours = house(
        '[roles]\napprentice = { zh = "学徒", en = "apprentice" }\n'
        '[[duty]]\ncommand = "acknowledge"\nroles = ["apprentice"]\nclauses = ["T-21"]\n'
    )
    scene = Scene(playbook=ours)
    scene.when("report", "cs_specialist", category="enquiry", customer="王", phone="13800000000", problem="?")

    scene.when("acknowledge", "cs_specialist").then_refused("role-may-not")
    assert "该职责属于学徒" in scene.refusal.sentence("zh")
    assert "belongs to: apprentice" in str(scene.refusal)
