"""制度条款: the pages of docs/process, a chapter per series of clauses, for `reference.py` to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from aftersales_core import wording
from aftersales_core.playbooks import Clause, clauses
from aftersales_core.playbooks.register import CARRIED, series

NOTE: Final = "<!-- written by tools/reference.py; change the register (clauses.toml), not this page -->"


class Chapter(NamedTuple):
    """A page: its number never changes, because other pages and people point to it."""

    number: int
    name: str
    series: str
    zh: str
    en: str

    @property
    def file(self) -> str:
        return f"{self.number:02}-{self.name}.md"


CHAPTERS: Final = (
    Chapter(1, "feedback-slips", "F", "反馈单", "Feedback slips"),
    Chapter(2, "call-backs", "R", "回访", "Call-backs"),
    Chapter(3, "goods", "G", "跟货", "Following the goods"),
    Chapter(4, "leftovers", "L", "遗留处理", "Leftovers, step by step"),
    Chapter(5, "warehouse", "W", "仓管", "The warehouse"),
    Chapter(6, "intake-and-triage", "T", "受理与判定", "Intake and triage"),
    Chapter(7, "records", "I", "记录与档案", "Records and files"),
    Chapter(8, "after-care", "N", "后续关怀", "After-care"),
    Chapter(9, "daily-rhythm-reprinted", "O", "反馈跟进（重印）", "The daily rhythm, reprinted"),
)
"""The chapters there are; a series without one is in docs/reference/clauses.md only."""


def word(vocabulary: str, key: str) -> str:
    """A word in both languages; once, where it is the same."""
    said = (wording.word(vocabulary, key, "zh"), wording.word(vocabulary, key, "en"))
    return " ".join(dict.fromkeys(said))


def pages() -> dict[str, str]:
    """File name → text of everything in docs/process."""
    by = {chapter: {k: c for k, c in clauses().items() if series(k) == chapter.series} for chapter in CHAPTERS}
    return {"README.md": _index(by), **{chapter.file: _page(chapter, found) for chapter, found in by.items()}}


def _counted(found: Iterable[Clause]) -> list[int]:
    counts = Counter(clause.carried for clause in found)
    return [counts[state] for state in (*CARRIED, "")]


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _index(by: Mapping[Chapter, Mapping[str, Clause]]) -> str:
    head = ["章 chapter", "条 clauses", *(word("carried", state) for state in (*CARRIED, ""))]
    everything = [clause for found in by.values() for clause in found.values()]
    refused, kept, reminded, told, planned, *_rest = _counted(everything)
    carried = kept + reminded + told
    told = {chapter.series for chapter in by}
    rest = [clause for name, clause in clauses().items() if series(name) not in told and not clause.carried]
    lines = [
        NOTE, "", "# 制度条款 · The process, clause by clause", "",
        f"流程文件里的条款，用我们自己的话写出，逐条说明软件做到哪一步。这里的 {len(everything)} 条里，{refused} 条违反不了，{carried} 条"
        f"有记录、有提醒或有报表，{planned} 条还没有做到，各自写明缺什么。另有 {len(rest)} 条（{_series(rest)}）尚未核对，只列在[条款登记册](../reference/clauses.md)里。", "",
        f"The clauses of the process documents in our own words, each with how far the software carries it. Of these"
        f" {len(everything)}, {refused} cannot be gone against, {carried} are recorded, reminded of or reported, and {planned} are not carried yet,"
        f" each with what is missing. {len(rest)} more ({_series(rest)}) have not"
        " been examined yet and stand in the [register](../reference/clauses.md) only.", "",
        _row(head), f"|{'---|' * len(head)}",
    ]  # fmt: skip
    for chapter, found in by.items():
        title = f"[{chapter.number:02} {chapter.zh} · {chapter.en}]({chapter.file}) {chapter.series}"
        lines.append(_row([title, len(found), *_counted(found.values())]))
    lines += [
        _row(["合计 total", len(everything), *_counted(everything)]), "", "## 怎么读 · How to read this", "",
        "* **强制 enforced**：违反的命令会被拒绝。A command against it is refused.",
        "* **有记录 recorded**：有事实或字段留存，但不拦人。A fact or a field keeps it; nothing is refused.",
        "* **有提醒 reminded**：到时出现在待办里。A task of the worklist shows it in time.",
        "* **有报表 reported**：有一张视图可以看。A view tells it.",
        "* **计划中 planned**：还没有做到，或者缺了要紧的一半。Not carried yet, or only the lesser half.",
        "* **不由软件管 outside**：软件不该管。Not the software's business.", "",
        "同样的数字在命令行里：The same on the command line: `aftersales clauses --open`，`--series F`，`--report FILE`。", "",
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"


def _series(rest: Iterable[Clause]) -> str:
    known = {id(clause): name for name, clause in clauses().items()}
    return "、".join(dict.fromkeys(series(known[id(clause)]) for clause in rest))


def _page(chapter: Chapter, found: Mapping[str, Clause]) -> str:
    said = [f"{word('carried', state)} {n}" for state, n in zip((*CARRIED, ""), _counted(found.values()), strict=True) if n]
    lines = [NOTE, "", f"# {chapter.number:02} {chapter.zh} · {chapter.en}", "", f"{len(found)} 条 clauses：{'，'.join(said)}。[目录 index](README.md)", ""]
    for name, clause in found.items():
        lines += _clause(name, clause)
    return "\n".join(lines).rstrip() + "\n"


def _clause(name: str, clause: Clause) -> Iterator[str]:
    yield from (f"<a id='{name.lower()}'></a>", "", f"## {name}", "", clause.zh, "", clause.en, "")
    claim = f"* **{word('carried', clause.carried)}**"
    if clause.mechanism:
        claim += f" · {word('mechanism', clause.mechanism)}"
    if clause.where:
        claim += f" · {'、'.join(f'`{place}`' for place in clause.where)}"
    yield claim
    if clause.note is not None:
        yield f"* {clause.note.zh} {clause.note.en}"
    roles = "、".join(word("role", role) for role in clause.roles) or "—"
    also = f"；同 same as {'、'.join(map(_linked, clause.same_as))}" if clause.same_as else ""
    yield f"* 出处 source：{clause.source}；角色 roles：{roles}{also}"
    yield ""


def _linked(name: str) -> str:
    chapter = next((chapter for chapter in CHAPTERS if chapter.series == series(name)), None)
    return f"[{name}]({chapter.file if chapter else '../reference/clauses.md'}#{name.lower()})"
