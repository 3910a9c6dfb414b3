"""参考: writes docs/reference and docs/process from the code, so that they cannot tell anything else.

python tools/reference.py            # write
python tools/reference.py --check    # exit 1 where what is written is not what the code says
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import re
import string
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import process
from pydantic.json_schema import models_json_schema

from aftersales_core import diagrams, errors, wording
from aftersales_core.facts import KINDS, MILESTONES
from aftersales_core.moves import TABLES, TICKET, Table
from aftersales_core.playbooks import Playbook, clauses
from aftersales_core.playbooks.register import entries
from aftersales_core.rules import COMMANDS, EVERY_COMMAND, Command, command_adapter, preset
from aftersales_core.rules.access import ACCESS_COMMANDS
from aftersales_core.rules.predicates import PREDICATES
from aftersales_core.views import ALL
from aftersales_web.api.openapi import described

ROOT: Final = Path(__file__).resolve().parents[1]
HERE: Final = ROOT / "docs"
ROOMS: Final = ("reference", "process")
"""Folders of docs that hold nothing but what is written here."""
NOTE: Final = "<!-- written by tools/reference.py; change the code, not this page -->"

SHARED: Final = frozenset(Command.model_fields)
"""Fields that every command has."""


def zh(vocabulary: str, key: object) -> str:
    return wording.word(vocabulary, key, "zh")


def en(vocabulary: str, key: object) -> str:
    return wording.word(vocabulary, key, "en")


def ids(found: Iterable[str]) -> str:
    return ", ".join(f"`{one}`" for one in found) or "—"


def linked(found: Iterable[str]) -> str:
    """Clauses, each a link to the register."""
    return ", ".join(f"[{one}](clauses.md#{one.lower()})" for one in found) or "—"


def cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell(one) for one in row)} |"
    yield ""


def page(title: str, intro: str, lines: Iterable[str]) -> str:
    return "\n".join([NOTE, "", f"# {title}", "", intro, "", *lines]).rstrip() + "\n"


def told(thing: object) -> str:
    """The docstring without its list of attributes, as one paragraph."""
    doc = inspect.cleandoc(thing.__doc__ or "")
    return " ".join(re.split(r"\n\s*\nAttributes:", doc)[0].split())


def typed(annotation: Any) -> str:
    """A field's type the way a reader of JSON thinks of it."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "/".join(f"`{one}`" for one in args)
    if origin in (Union, UnionType):
        return " or ".join(typed(one) for one in args if one is not type(None))
    if origin is tuple:
        return f"list of {typed(args[0])}"
    if origin is dict:
        return "object"
    if origin is not None:
        return typed(args[0])
    names = {
        "str": "text",
        "int": "whole number",
        "bool": "true or false",
        "NoneType": "null",
        "AwareDatetime": "moment",
        "datetime": "moment",
    }
    name = getattr(annotation, "__name__", str(annotation))
    return names.get(name, name)


def fields(model: Any, leave_out: frozenset[str] = frozenset()) -> str:
    """`name` for a needed field, `name?` for one that may be absent, with its type."""
    found = [
        f"`{name}{'' if field.is_required() else '?'}` {typed(field.annotation)}"
        for name, field in model.model_fields.items()
        if name not in leave_out
    ]
    return "; ".join(found) or "—"


def cited(text: str) -> list[str]:
    """Clause ids in a docstring, ranges such as `R-01 … R-05` spelled out."""
    found: list[str] = []
    for letter, first, last in re.findall(r"\b([A-Z])-(\d\d)(?: … \1-(\d\d))?", text):
        found += [f"{letter}-{no:02}" for no in range(int(first), int(last or first) + 1)]
    return list(dict.fromkeys(found))


# --- stages


def _state_word(of: Table) -> str:
    return "stage" if of is TICKET else "state"


def _moves(of: Table) -> Iterator[Sequence[object]]:
    vocabulary = _state_word(of)
    for move in of.moves:
        sources = "、".join(zh(vocabulary, s) for s in move.sources)
        dest = "stays" if move.dest is None else f"{zh(vocabulary, move.dest)} `{move.dest}`"
        yield (
            f"[`{move.trigger}`](facts.md#{move.trigger}) {zh('fact', move.trigger)}", f"{sources} {ids(move.sources)}", dest,
            "、".join(f"{zh('condition', w)} `{w}`" for w in move.when) or "—",
        )  # fmt: skip


def stages() -> str:
    lines: list[str] = []
    for of in TABLES:
        vocabulary = _state_word(of)
        lines += [f"## {of.name}", ""]
        lines += table(
            ("state", "中文", "English"),
            ((f"`{s}`", zh(vocabulary, s), en(vocabulary, s)) for s in of.states),
        )
        lines += ["```mermaid", diagrams.mermaid(of, "zh").strip(), "```", ""]
        lines += table(("fact", "from", "to", "where"), _moves(of))
    intro = (
        "Every legal move, from the tables in `aftersales_core.moves`. Rows of one fact are tried in their order; the"
        " first whose conditions hold is the one. Conditions look at the ticket as it is with the fact."
    )
    return page("Stages and moves · 阶段与流转", intro, lines)


# --- facts and commands


def facts() -> str:
    lines: list[str] = []
    room = ""
    for kind, cls in KINDS.items():
        module = sys.modules[cls.__module__]
        if room != cls.__module__:
            room = cls.__module__
            lines += [f"## {room.rpartition('.')[2]} · {(module.__doc__ or '').partition(':')[0]}", ""]
        milestone = " · milestone" if kind in MILESTONES else ""
        lines += [
            f"### {kind}", "", f"**{zh('fact', kind)}** · {en('fact', kind)}{milestone} · `{cls.__name__}`", "",
            told(cls), "", f"* fields: {fields(cls)}",
            f"* recorded by: {ids(name for name, c in {**EVERY_COMMAND, **ACCESS_COMMANDS}.items() if c.fact is cls)}",
            f"* clauses: {linked(cited(told(cls)))}", "",
        ]  # fmt: skip
    intro = (
        f"The {len(KINDS)} kinds of facts that a ticket, or the log of the house, can hold. A kind is permanent: stored topic, trigger of the moves,"
        " anchor on this page. Who, when and under which rules stands in the envelope around each fact; the machine's"
        " view of the same is [facts.schema.json](facts.schema.json)."
    )
    return page("Facts · 事实", intro, lines)


def commands(book: Playbook) -> str:
    lines: list[str] = ["## Every command", ""]
    lines += table(("field", "meaning"), _envelope())
    for name, cls in EVERY_COMMAND.items():
        duty = book.duties[name]
        guards = [f"`{g.id}`{' (soft)' if g.soft else ''}" for g in book.guards.get(name, ())]
        guards += [f"checklist `{c.id}`" for c in book.checklist if name in c.commands]
        needed = [
            f"{ids(need.fields)}{' of the ticket' if need.of == 'ticket' else ''}{_when(need.when)} ({linked(need.clauses)})"
            for need in book.requirements.get(name, ())
        ]
        lines += [
            f"## {name}", "", f"**{zh('command', name)}** → [`{cls.fact.kind}`](facts.md#{cls.fact.kind}) {zh('fact', cls.fact.kind)}",
            "", told(cls), "", f"* fields: {fields(cls, SHARED | {'command'})}",
            f"* who: {'、'.join(zh('role', r) for r in duty.roles)} {ids(duty.roles)} ({linked(duty.clauses)})",
            f"* needs fields: {'; '.join(needed) or '—'}", f"* guards: {', '.join(guards) or '—'}",
            f"* clauses: {linked(cited(told(cls)))}", "",
        ]  # fmt: skip
    for name, cls in ACCESS_COMMANDS.items():
        lines += [
            f"## {name}", "", f"**{zh('command', name)}** → [`{cls.fact.kind}`](facts.md#{cls.fact.kind}) {zh('fact', cls.fact.kind)}",
            "", told(cls), "", f"* fields: {fields(cls, SHARED | {'command'})}", "* who: whoever opens the door says it; no playbook does",
            f"* clauses: {linked(cited(told(cls)))}", "",
        ]  # fmt: skip
    intro = (
        f"The {len(COMMANDS)} commands a ticket takes, one that the log of the house takes, and {len(ACCESS_COMMANDS)} that the log of accesses takes. Who may give them, which fields they need and what guards them"
        f" is said by the playbook; here `{book.id}`. For machines: [commands.schema.json](commands.schema.json)."
    )
    return page("Commands · 命令", intro, lines)


def _envelope() -> Iterator[Sequence[object]]:
    doc = inspect.cleandoc(Command.__doc__ or "")
    meanings = dict(re.findall(r"`?(\w+)`?: ([^;\n]+(?:\n {8}[^\n]+)*)", doc.partition("Attributes:")[2]))
    for name, field in Command.model_fields.items():
        yield (
            f"`{name}{'' if field.is_required() else '?'}`",
            meanings.get(name, zh("field", name)).rstrip("."),
        )


def _when(when: dict[str, tuple[str, ...]]) -> str:
    said = " and ".join(
        f"`{name}` is {' or '.join(f'`{v}`' for v in values)}" for name, values in when.items()
    )
    return f", where {said}" if said else ""


# --- refusals

_RAISED: Final = {
    "Finding",
    *(name for name, cls in vars(errors).items() if inspect.isclass(cls) and issubclass(cls, Exception)),
}


def raisers() -> dict[str, set[str]]:
    """Code → what is raised or found with it, read from the calls in the source."""
    found: dict[str, set[str]] = defaultdict(set)
    loose: dict[str, set[str]] = defaultdict(set)
    for path in sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("adapters/**/*.py")]):
        tree = ast.parse(path.read_text("utf-8"))
        for call, codes in _calls(tree):
            for code in codes:
                found[code].add(call)
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            # a code that was chosen before it is raised: any word of a function that raises only one kind
            calls = {call for call, _codes in _calls(function)}
            for code in _words(function) if len(calls) == 1 else ():
                loose[code] |= calls
        if {"aftersales_sqlite", "aftersales_postgres"} & set(path.parts):
            for code in _words(tree):
                loose[code].add("StoreUnusable")
    return {code: found[code] or loose[code] for code in {*found, *loose}}


def _calls(tree: ast.AST) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = {"Refusal": "Refused", "bad": "Finding"}.get(node.func.id, node.func.id)
            if name in _RAISED:
                yield name, [word for argument in node.args[:1] for word in _words(argument)]


def _words(tree: ast.AST) -> list[str]:
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def readable(template: str) -> str:
    """A sentence with its values as *names*."""
    parts = string.Formatter().parse(template)
    return "".join(text + (f"*{name}*" if name else "") for text, name, _spec, _conversion in parts)


def refusals(book: Playbook) -> str:
    guards = {guard.id: guard for guard in book.guard}
    raised = raisers()
    rows = []
    for code in sorted(wording.codes("en")):
        guard = guards.get(code)
        kinds = {"Refused"} if guard else raised.get(code, set())
        of = f"{ids(guard.commands)}{' (soft)' if guard.soft else ''}" if guard else "—"
        said = [readable(wording.LANGS[lang].SENTENCES[code]) for lang in ("zh", "en")]
        rows.append(
            (
                f"<a id='{code}'></a>`{code}`",
                ids(sorted(kinds)),
                *said,
                of,
                linked(guard.clauses) if guard else "—",
            )
        )
    intro = (
        "Every code with its sentences. A refusal also says what is missing, what would make it legal, and the clause;"
        f" *slanted* words are values of the case. Guards and clauses are those of `{book.id}`; a soft guard may be"
        " gone over with a reason, which is then stored."
    )
    head = ("code", "raised as", "中文", "English", "guards", "clauses")
    return page("Refusals, errors, findings · 拒绝与差错", intro, table(head, rows))


# --- playbook and clauses


def whole_house(book: Playbook) -> str:
    lines: list[str] = ["## Roles · 角色", ""]
    lines += table(("role", "中文", "English"), ((f"`{r}`", t.zh, t.en) for r, t in book.roles.items()))
    lines += ["## Duties · 职责", ""]
    duties = (
        (
            f"[`{d.command}`](commands.md#{d.command}) {zh('command', d.command)}",
            "、".join(book.roles[r].zh for r in d.roles),
            linked(d.clauses),
        )
        for d in book.duty
    )
    lines += table(("command", "who", "clauses"), duties)
    lines += ["## Required fields · 必填", ""]
    required = (
        (f"`{r.command}` {zh('command', r.command)}", "、".join(f"{zh('field', f)} `{f}`" for f in r.fields), r.of,
         _when(r.when).removeprefix(", where ") or "always", linked(r.clauses))
        for r in book.required
    )  # fmt: skip
    lines += table(("command", "fields", "of", "where", "clauses"), required)
    lines += ["## Guards · 前置条件", ""]
    guards = (
        (f"[`{g.id}`](refusals.md#{g.id}){' soft' if g.soft else ''}", ids(g.commands),
         f"`{g.needs}` {told(PREDICATES[g.needs]).partition(' (')[0] if g.needs in PREDICATES else 'filled in'}{_when(g.when)}",
         ids(g.remedies), linked(g.clauses))
        for g in book.guard
    )  # fmt: skip
    lines += table(("guard", "commands", "needs", "way on", "clauses"), guards)
    lines += ["## Access · 权限", ""]
    lines += table(("role", "sees", "personal data", "carries out"), (
        (f"`{role}` {title.zh}", "what it is assigned to" if book.access.assigned_only(role) else "its shops",
         "in full" if role in book.access.full else "masked, may ask" if role in book.access.unmask else "masked",
         "yes" if role in book.access.export else "no") for role, title in book.roles.items()
    ))  # fmt: skip
    lines += [f"Under {linked(book.access.clauses)}.", ""]
    lines += ["## Papers · 单据", ""]
    papers = ((f"`{p.paper}` {zh('paper', p.paper)}", p.gate, p.when, linked(p.clauses)) for p in book.paper)
    lines += table(("paper", "at", "when", "clauses"), papers)
    lines += ["## Forms and their life · 单据的一生", ""]
    forms = (
        (f"`{f.id}` {f.title.zh}", f.of, "<br>".join(
            f"{zh('paper-step', s.step)} `{s.step}`: {f'`{s.command}`' if s.command else '、'.join(book.roles[r].zh for r in s.roles)}"
            for s in f.steps), linked(f.clauses)) for f in book.form
    )  # fmt: skip
    lines += table(("form", "of every", "steps, and by what or whom", "clauses"), forms)
    lines += ["## Checklists · 核对清单", ""]
    checks = (
        (f"`{c.id}` {c.title.zh}", ids(c.commands) + _when(c.when), "、".join(
            f"{i.title.zh} `{i.id}`{' with photo' if i.photo else ''}{'' if i.must else ' (recorded)'}" for i in c.items),
         linked(c.clauses)) for c in book.checklist
    )  # fmt: skip
    lines += table(("checklist", "before", "items", "clauses"), checks)
    lines += ["## Clocks · 时限", ""]
    clocks = (
        (f"`{c.id}` {c.title.zh if c.title else zh('clock', c.id)}", f"`{c.since}`{_when(c.when)}", f"`{c.until}`" if c.until else "—",
         f"{c.limit.amount:g} {c.limit.unit}", _reminds(c), linked(c.clauses)) for c in book.every_clock
    )  # fmt: skip
    lines += table(("clock", "from", "until", "limit", "task", "clauses"), clocks)
    lines += ["## Routines · 例行工作", ""]
    routines = (
        (f"`{r.id}` {r.title.zh}", zh("every", r.every), f"{r.hour}", "—" if r.by is None else f"{r.by}",
         "、".join(book.roles[each].zh for each in r.roles), r.note or "—", linked(r.clauses)) for r in book.routine
    )  # fmt: skip
    lines += table(("routine", "every", "appears at", "by", "who", "note", "clauses"), routines)
    lines += ["## Fields of the house's own · 自定义栏目", ""]
    own = ((f"`{f.id}` {f.title.zh}", f.of, f.type, ids(f.required_for), linked(f.clauses)) for f in book.field)
    lines += table(("field", "of", "type", "required for", "clauses"), own)
    lines += ["## Choices · 取舍", ""]
    choices = (
        (f"`{c.id}`", c.source, f"{c.asks.zh}<br>{c.asks.en}", "<br>".join(
            f"{'**' if o == c.value else ''}`{o}` {r.title.zh}{'**' if o == c.value else ''}" for o, r in c.options.items()),
         linked(c.clauses)) for c in book.choice
    )  # fmt: skip
    lines += table(("choice", "contradiction", "question", "readings, the one that holds in bold", "clauses"), choices)
    lines += ["## Gaps of the documents · 缺口", ""]
    gaps = ((f"`{g.id}`", g.source, f"{g.says.zh}<br>{g.says.en}", linked(g.clauses)) for g in book.gap)
    lines += table(("gap", "where", "what is open", "clauses"), gaps)
    lines += ["## Figures · 数字", ""]
    figures = ((f"`{n}`", s.value, s.unit, s.note or "—", linked(s.clauses)) for n, s in book.setting.items())
    lines += table(("setting", "value", "unit", "note", "clauses"), figures)
    intro = (
        f"`{book.id}` · {book.title.zh} · {book.title.en}. Announced {book.announced}, effective {book.effective},"
        f" hours and days in {book.timezone}. This is the preset as data; a company works from a copy of it."
    )
    return page("Playbook: whole-house · 全屋定制制度", intro, lines)


def _reminds(clock: Any) -> str:
    if clock.reminds is not None:
        return f"its own, on `{clock.reminds.list}`, settled by `{clock.reminds.command}`"
    return f"`{clock.task}`" if clock.task else "—"


def used(book: Playbook) -> dict[str, list[str]]:
    """Clause → the entries of the playbook and the words of the vocabulary that stand on it."""
    found: dict[str, list[str]] = defaultdict(list)
    for kind, name, cited_ in entries(book):
        for clause in cited_:
            found[clause].append(f"{kind} `{name}`")
    for label, things in (("fact", KINDS), ("command", {**EVERY_COMMAND, **ACCESS_COMMANDS})):
        for name, cls in things.items():
            for clause in cited(told(cls)):
                found[clause].append(f"{label} `{name}`")
    return found


def register(book: Playbook) -> str:
    where = used(book)
    rows = []
    for name, clause in clauses().items():
        roles = "、".join(zh("role", r) for r in clause.roles) or "—"
        said = f"{clause.zh}<br>{clause.en}"
        uses = ", ".join(dict.fromkeys(where.get(name, ()))) or "—"
        claim = f"{zh('carried', clause.carried)} {en('carried', clause.carried)}"
        rows.append((f"<a id='{name.lower()}'></a>{name}", clause.source, said, clause.kind, roles, claim, uses))
    cited = sum(1 for name in clauses() if name in where)
    intro = (
        f"The {len(rows)} clauses of the process documents that this edition knows, in our own words, how far each is"
        f" carried, and what names it: {cited} are named by the code or by `{book.id}`. Where and how the first nine series are"
        " carried is told clause by clause in [the process](../process/README.md)."
    )
    return page("Clauses · 条款", intro, table(("id", "source", "clause", "kind", "roles", "carried", "named by"), rows))


# --- views


def views() -> str:
    lines: list[str] = []
    for view in ALL:
        shape = view.shape
        hints = get_type_hints(shape.row)
        lines += [f"## {shape.name}", "", told(sys.modules[shape.row.__module__]), ""]
        lines += [f"* edition {shape.edition}; key {ids(shape.key)}; order {ids(shape.order)}"]
        lines += [f"* indexes: {'; '.join(ids(index) for index in shape.indexes) or '—'}", ""]
        lines += [
            f"Rows are {'added by each fact' if view.of_entry else 'replaced with every change of their ticket'}.",
            "",
        ]
        columns = (
            (f"`{f.name}`", typed(hints[f.name]), "yes" if _nullable(hints[f.name]) else "")
            for f in dataclasses.fields(shape.row)
        )
        lines += table(("column", "type", "may be null"), columns)
    return page("Views · 视图", "What `look`, `count` and `tally` can be asked, column by column.", lines)


def _nullable(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


# --- schemas


def facts_schema() -> str:
    models = [(cls, "serialization") for cls in KINDS.values()]
    refs, definitions = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    found = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A fact by its kind, as a line of an export holds them",
        "type": "object",
        "required": ["kind", "fact"],
        "oneOf": [
            {
                "properties": {
                    "kind": {"const": kind},
                    "shape": {"const": cls.shape},
                    "fact": refs[cls, "serialization"],
                }
            }
            for kind, cls in KINDS.items()
        ],
        **definitions,
    }
    return _json(found)


def commands_schema() -> str:
    schema = command_adapter().json_schema()
    return _json({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A command", **schema})


def _json(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def pages() -> dict[str, str]:
    """Path below docs → text of everything in docs/reference and docs/process."""
    book = preset()
    found = {
        "stages.md": stages(),
        "facts.md": facts(),
        "commands.md": commands(book),
        "refusals.md": refusals(book),
        "playbook-whole-house.md": whole_house(book),
        "clauses.md": register(book),
        "views.md": views(),
        "facts.schema.json": facts_schema(),
        "commands.schema.json": commands_schema(),
        "openapi.json": _json(described()),
    }
    return {
        **{f"reference/{name}": text for name, text in found.items()},
        **{f"process/{name}": text for name, text in process.pages().items()},
    }


def main(arguments: Sequence[str]) -> int:
    """0: written, or fresh. 1: stale. 2: wrong usage."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    made = pages()
    there = {p.relative_to(HERE).as_posix(): p.read_text("utf-8") for room in ROOMS for p in sorted((HERE / room).glob("*"))}
    stale = [name for name in sorted({*made, *there}) if made.get(name) != there.get(name)]
    if arguments:
        for name in stale:
            sys.stdout.write(f"docs/{name} is stale; run python tools/reference.py\n")
        return 1 if stale else 0
    for name, text in made.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text, "utf-8")
    for name in sorted(set(there) - set(made)):
        (HERE / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
