"""外壳: what every command has at hand: the database, the language, and the ways to say something."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aftersales_cli.argv import Options
from aftersales_cli.plain import content, moment, part
from aftersales_cli.quick import TITLED
from aftersales_cli.wording import phrases
from aftersales_core import masking, wording
from aftersales_core.errors import AftersalesError, BadInput, PlaybookUnsound, StoreUnusable

if TYPE_CHECKING:
    from aftersales_core.desk import Desk
    from aftersales_core.playbooks import Playbook, Title

WIDTH = 100
"""Columns where there is no terminal to ask."""


class ReaderGone(Exception):
    """Nobody reads our output any more. Typer and Rich both end the program with 1 at a `BrokenPipeError`."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise ReaderGone


class Shell:
    """One run of the program. Data goes to standard output, everything else to standard error."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.lang = cast(wording.Lang, options.lang)
        self.json = options.json
        self._phrases = phrases(options.lang)
        self._console: Console | None = None

    # --- words

    def say(self, key: str, /, **facts: object) -> str:
        """A phrase of the command line."""
        return self._phrases[key].format(**facts)

    def word(self, vocabulary: str, key: object) -> str:
        """A word of the trade, or what a playbook at hand calls a thing of its own."""
        title = self.title(vocabulary, key)
        return wording.word(vocabulary, key, self.lang) if title is None else str(getattr(title, self.lang))

    def title(self, vocabulary: str, key: object) -> Title | None:
        """What a playbook at hand calls it; None where it calls it nothing, or the words of the trade serve."""
        if vocabulary not in TITLED:
            return None
        # only a house of its own may call a thing of the preset by another name; the preset is not loaded for nothing
        if not self.options.playbooks and key in wording.LANGS[self.lang].WORDS.get(vocabulary, {}):
            return None
        return self._titles.get(f"{vocabulary}:{key}")

    @cached_property
    def _titles(self) -> dict[str, Title]:
        return {key: title for book in self.books for key, title in book.titles.items()}

    def role(self, role: object) -> str:
        """A role in a table: in English its id, which is what --role takes and shorter than all the rest."""
        return str(role) if self.lang == "en" else self.word("role", role)

    def part(self, ref: str) -> str:
        """A part of a ticket: `visit 1` of `visit:1`."""
        return part(ref, self._phrases)

    def content(self, field: str, value: object) -> str:
        """What stands in a field of the house's own."""
        return self.masked(content(value, self.type_of(field), self._phrases))

    def type_of(self, field: str) -> str:
        """The type of a field of the house's own; empty where no playbook at hand has it."""
        return next((str(book.fields[field].type) for book in reversed(self.books) if field in book.fields), "")

    def sentence(self, problem: AftersalesError) -> str:
        """What is wrong, with the words of the house; not masked."""
        return wording.sentence(problem.code, {**problem.facts, "titles": self.titles(problem)}, self.lang)

    def titles(self, problem: AftersalesError) -> Mapping[str, Mapping[str, str]]:
        """The words of the house that *problem* brings, and after them those of the playbooks at hand."""
        return _Titles(self, problem.facts.get("titles", {}))

    def value(self, value: object) -> str:
        """A value as a person reads it."""
        if value is None or value == "" or value == ():
            return "—"
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, datetime):
            return moment(value)
        if isinstance(value, tuple | list | set | frozenset):
            return wording.listed(map(self.value, value), self.lang)
        return self.masked(str(value))

    def masked(self, text: str) -> str:
        return text if self.options.unmask else masking.text(text)

    def phone(self, number: str | None) -> str:
        if not number:
            return "—"
        return number if self.options.unmask else masking.phone(number)

    # --- saying it

    def line(self, text: str = "", *, now: bool = False) -> None:
        """A line of data; *now* for one that somebody may be waiting for."""
        try:
            sys.stdout.write(text + "\n")
            if now:
                sys.stdout.flush()
        except BrokenPipeError:
            raise ReaderGone from None

    def note(self, text: str) -> None:
        sys.stderr.write(text + "\n")

    def emit(self, value: object, *, now: bool = False) -> None:
        """One JSON value on a line of its own."""
        found = plain(value)
        self.line(json.dumps(found if self.options.unmask else masking.everything(found), ensure_ascii=False), now=now)

    def print(self, *things: Any) -> None:
        """Something Rich draws."""
        if self._console is None or self._console.file is not sys.stdout:
            self._console = _Console(file=sys.stdout, width=width(), highlight=False, soft_wrap=False)
        self._console.print(*things, markup=False)

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]], whole: Sequence[bool] = ()) -> None:
        """Rows under headings, Chinese taken as two columns wide; a column that is *whole* is never broken."""
        drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        for heading, unbroken in zip_longest(headings, whole, fillvalue=False):
            drawn.add_column(str(heading), overflow="fold", no_wrap=bool(unbroken))
        for row in rows:
            drawn.add_row(*(cell if isinstance(cell, Text) else Text(self.value(cell)) for cell in row))
        self.print(drawn)

    def heading(self, text: str) -> None:
        self.print()
        self.print(Text(text, style="bold"))

    def fail(self, problem: AftersalesError, code: int) -> int:
        """Say what is wrong on standard error; *code* given back."""
        return self.complain(problem.code, self.sentence(problem), problem.facts, code)

    def complain(self, code: str, sentence: str, facts: dict[str, Any], exit_code: int) -> int:
        if self.json:
            found = plain({"code": code, "sentence": self.masked(sentence), "exit": exit_code, "facts": facts})
            self.note(json.dumps(found if self.options.unmask else masking.everything(found), ensure_ascii=False))
        else:
            self.note(self.masked(sentence))
        return exit_code

    @contextmanager
    def progress(self, label: str, total: int | None = None, *, when: bool = True) -> Iterator[Callable[[int, int | None], None]]:
        """A bar on standard error while it is a terminal; call it with (done, total)."""
        if not (when and sys.stderr.isatty()) or self.json:
            yield lambda _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield lambda done, whole: bar.update(task, completed=done, total=whole)

    # --- the database

    def desk(self, *, making: bool = False, clock: Callable[[], datetime] | None = None) -> Desk:
        """The desk on the database asked for.

        Args:
            making: the command writes, so a file that is not there may be made. One that only reads makes none.
        """
        from aftersales_core.desk import Desk

        url = self.options.db
        path = sqlite_path(url)
        if not making and path is not None and not path.exists():
            raise StoreUnusable("no-such-file", path=str(path))
        told: dict[str, Any] = {} if clock is None else {"clock": clock}
        # the preset alone is loaded by the desk, once there is a database to work on
        books = self.books if self.options.playbooks else ()
        return Desk.open(url, playbooks=books, files=self.options.files, **told)

    @cached_property
    def books(self) -> list[Playbook]:
        """The preset and the editions asked for, in order of their dates."""
        from aftersales_core.rules import preset

        books = [preset(), *(read_playbook(Path(name)) for name in self.options.playbooks)]
        return sorted(books, key=lambda book: book.effective)

    def playbook(self) -> Playbook:
        """The latest edition of the rules, where no database is asked."""
        return self.books[-1]


class _Titles(Mapping[str, Mapping[str, str]]):
    """The words of the house for a sentence about something that went wrong: what cannot be read has none."""

    def __init__(self, shell: Shell, brought: Mapping[str, Mapping[str, str]]) -> None:
        self._shell = shell
        self._brought = brought

    def __getitem__(self, key: str) -> Mapping[str, str]:
        if key in self._brought:
            return self._brought[key]
        vocabulary, _, name = key.partition(":")
        try:
            title = self._shell.title(vocabulary, name)
        except (AftersalesError, OSError):
            title = None
        if title is None:
            raise KeyError(key)
        return {"zh": title.zh, "en": title.en}

    def __iter__(self) -> Iterator[str]:
        return iter(self._brought)

    def __len__(self) -> int:
        return len(self._brought)


def read_playbook(path: Path) -> Playbook:
    """The playbook in a file. Raises PlaybookUnsound with every finding, OSError where there is no such file."""
    from aftersales_core.rules import load_playbook

    try:
        return load_playbook(path.read_text("utf-8"))
    except UnicodeDecodeError as problem:
        raise PlaybookUnsound("playbook-unsound", problems=[f"not UTF-8: {problem}"]) from None


def sqlite_path(url: str) -> Path | None:
    """The file of a `sqlite:///` URL, None for any other."""
    head, found, rest = url.partition("sqlite:///")
    return Path(unquote(rest.partition("?")[0])) if found and not head else None


def width() -> int:
    return max(shutil.get_terminal_size((WIDTH, 24)).columns, 40) if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH


def plain(value: Any) -> Any:
    """Any answer of the core as JSON values."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if (names := getattr(value, "__struct_fields__", None)) is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def instant(option: str, value: str | None) -> datetime | None:
    """A moment given on the command line; raises BadInput where it is none or has no time zone."""
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise BadInput("bad-value", field=option, value=value, reason="ISO 8601") from None
    if found.utcoffset() is None:
        raise BadInput("naive-datetime", field=option, value=value)
    return found
