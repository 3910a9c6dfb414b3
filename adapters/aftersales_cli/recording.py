"""登记: commands from a file or a pipe, one a line, each answered on its own."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from aftersales_cli.shell import Shell
from aftersales_core import wording
from aftersales_core.errors import (
    AftersalesError,
    BadInput,
    CommandReused,
    Refused,
    StaleTicket,
    StoreUnusable,
)

if TYPE_CHECKING:
    from aftersales_core.clerk import Receipt
    from aftersales_core.desk import Desk


class Pause:
    """Lets an interrupt wait until the command in hand is answered; between commands it stops at once."""

    def __init__(self) -> None:
        self.busy = False
        self.asked = False

    @contextmanager
    def guarding(self) -> Iterator[Pause]:
        def interrupt(_number: int, _frame: FrameType | None) -> None:
            self.asked = True
            if not self.busy:
                raise KeyboardInterrupt

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _opened(file: str) -> Iterator[tuple[IO[bytes], int]]:
    """The lines of *file* and its size; standard input for `-`, whose size nobody knows."""
    if file == "-":
        yield sys.stdin.buffer, 0
        return
    path = Path(file)
    if not path.is_file():
        raise BadInput("no-such-file", path=file)
    with path.open("rb") as stream:
        yield stream, path.stat().st_size


def record(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE.jsonl", help="one command a line; - reads standard input")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be recorded, and record nothing")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="stop at the first line that is refused or wrong")] = False,
) -> None:
    """Record commands; a line that is refused is explained and the next one goes on. Safe to repeat."""
    shell: Shell = ctx.obj
    counts: Counter[str] = Counter()
    worst, read, pause = 0, 0, Pause()
    with shell.desk(making=True) as desk, _opened(file) as (stream, size), shell.progress(file, size, when=bool(size)) as bar:
        try:
            with pause.guarding():
                for number, raw in enumerate(stream, 1):
                    pause.busy = True
                    read += len(raw)
                    if raw.strip():
                        code = _line(shell, desk, number, raw, dry_run, counts)
                        worst = max(worst, code)
                        if code and stop:
                            break
                    bar(read, size)
                    pause.busy = False
                    if pause.asked:
                        raise KeyboardInterrupt
        except KeyboardInterrupt:
            _summary(shell, counts, dry_run, "interrupted-after")
            raise typer.Exit(130) from None
    _summary(shell, counts, dry_run, "summary")
    raise typer.Exit(worst)


def _summary(shell: Shell, counts: Counter[str], dry_run: bool, phrase: str) -> None:
    names = ("commands", "facts", "repeated", "unchanged", "refused", "wrong", "conflicts")
    found = {name: counts[name] for name in names}
    if shell.json:
        shell.emit({"summary": {**found, "dry_run": dry_run, "interrupted": phrase != "summary"}})
    else:
        shell.note(shell.say(f"{phrase}-dry" if dry_run else phrase, **found))


def _line(shell: Shell, desk: Desk, number: int, raw: bytes, dry_run: bool, counts: Counter[str]) -> int:
    """Answer one line; 0 where it was taken."""
    counts["commands"] += 1
    try:
        command = desk.parse(_text(raw))
        receipt = desk.check(command) if dry_run else desk.handle(command)
    except StoreUnusable:
        # nothing after this line would fare better
        raise
    except AftersalesError as problem:
        said, code = _kind(problem)
        counts[said] += 1
        _refusal(shell, desk, number, raw, problem)
        return code
    counts["repeated" if receipt.repeated else "facts" if receipt.entries else "unchanged"] += (
        len(receipt.entries) if receipt.entries and not receipt.repeated else 1
    )
    _receipt(shell, number, receipt)
    return 0


def _text(raw: bytes) -> str:
    try:
        # a byte-order mark is what a spreadsheet puts in front
        return raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as problem:
        raise BadInput("not-json", reason=str(problem)) from None


def _kind(problem: AftersalesError) -> tuple[str, int]:
    if isinstance(problem, Refused):
        return "refused", 1
    if isinstance(problem, CommandReused | StaleTicket):
        return "conflicts", 5
    return "wrong", 2


def _receipt(shell: Shell, number: int, receipt: Receipt) -> None:
    if shell.json:
        kinds = [entry.fact.kind for entry in receipt.entries]
        shell.emit(
            {"line": number, "ticket": receipt.ticket, "version": receipt.version, "recorded": kinds,
             "repeated": receipt.repeated, "flags": receipt.flags}, now=True
        )  # fmt: skip
        return
    shell.line(f"{number}  {answered(shell, receipt)}", now=True)


def answered(shell: Shell, receipt: Receipt) -> str:
    """What was recorded, on a line."""
    kinds = (shell.word("fact", entry.fact.kind) for entry in receipt.entries)
    said = wording.listed(kinds, shell.lang) or shell.say("nothing-new")
    repeated = f" ({shell.say('repeated')})" if receipt.repeated else ""
    flags = "".join(f"  ⚠ {shell.word('flag', flag)}" for flag in receipt.flags)
    return f"{receipt.ticket} #{receipt.version}  {said}{repeated}{flags}"


def _refusal(shell: Shell, desk: Desk, number: int, raw: bytes, problem: AftersalesError) -> None:
    ticket, legal = str(problem.facts.get("ticket", "")), _legal(desk, raw, problem)
    if shell.json:
        more: dict[str, Any] = {k: problem.facts.get(k, ()) for k in ("clauses", "missing", "remedies")}
        said = shell.sentence(problem)
        shell.emit({"line": number, "ticket": ticket, "code": problem.code, "sentence": said, **more, "legal": legal}, now=True)
    else:
        said = shell.masked(shell.sentence(problem))
        shell.line(shell.say("line-refused", line=number, code=problem.code, sentence=said), now=True)
        if legal:
            names = [f"{shell.word('command', c)} ({c})" if shell.lang == "zh" else c for c in legal]
            shell.line("   " + shell.say("legal-now", commands=", ".join(names)), now=True)


def _legal(desk: Desk, raw: bytes, problem: AftersalesError) -> list[str]:
    """What the same role could do with the ticket instead."""
    if not isinstance(problem, Refused):
        return []
    command = desk.parse(_text(raw))
    try:
        return [move.command for move in desk.legal_moves(command.ticket, command.role) if move.open]
    except LookupError:
        return ["report", "import-ticket"]
