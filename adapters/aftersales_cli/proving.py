"""存证: commands that write down what the ledger is, compare it later, and carry one ticket away with what proves it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from aftersales_cli import plain as text
from aftersales_cli.shell import Shell
from aftersales_core import wording
from aftersales_core.errors import BadInput

if TYPE_CHECKING:
    from aftersales_core.audit import Checkpoint, Compared, Signer, Verifier

_EVIDENCE = ("signature-wrong", "not-signed", "proof-broken", "proof-incomplete", "bad-export")
"""What speaks against somebody's evidence; anything else is a file that is none."""


class _Line(NamedTuple):
    """What is told of one file; *code* says why it does not hold."""

    file: str
    code: str | None
    sentence: str
    signers: Sequence[str] = ()
    checkpoint: Checkpoint | None = None


proof = typer.Typer(name="proof", help="What holds the ledger to what it was: checkpoints to keep elsewhere, and single tickets with their proof.")

Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="write it here; a file that is there is left alone")]
By = Annotated[list[str] | None, typer.Option("--by", metavar="KEY", help="one of these keys has to have signed: the line that key printed; may be repeated")]


@proof.command()
def key(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="where the half that signs is kept; only you may read it")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="whose ledger, e.g. dealer.example/after-sales")],
) -> None:
    """Make a key that signs checkpoints, and print the half that everybody may have to check them."""
    shell: Shell = ctx.obj
    made = _keys().new(name)
    _write(file, made.line() + "\n", mode=0o600)
    if shell.json:
        shell.emit({"path": str(file), "key": str(made.public)})
    else:
        shell.line(str(made.public))
        shell.note(shell.say("key-made", path=file))


@proof.command()
def take(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="whose ledger; the key's name unless given")] = None,
    signs: Annotated[Path | None, typer.Option("--key", metavar="FILE", help="sign it with the key in this file")] = None,
    output: Output = None,
) -> None:
    """Write down what the ledger is now: a few lines to keep where nobody who writes to the ledger can change them."""
    from aftersales_core.audit import signed

    shell: Shell = ctx.obj
    signers = [signing_key(signs)] if signs is not None else []
    origin = name or next((each.name for each in signers), None)
    if origin is None:
        raise BadInput("checkpoint-unnamed")
    with shell.desk() as desk, shell.progress(shell.say("verifying")) as bar:
        found = desk.checkpoint(origin, bar)
    note = signed(found.text, *signers)
    if output is not None:
        _write(output, note)
    if shell.json:
        shell.emit({**_plain(found), "note": note, "path": None if output is None else str(output)})
    elif output is None:
        shell.line(note.rstrip("\n"))
    else:
        shell.note(shell.say("checkpoint-taken", size=found.size, streams=found.streams, path=output))


@proof.command()
def compare(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="checkpoints")],
    by: By = None,
) -> None:
    """Whether the ledger still begins as it was when each checkpoint was taken."""
    from aftersales_core.audit import opened, read_checkpoint

    shell: Shell = ctx.obj
    verifiers = _verifiers(by)
    lines: list[_Line] = []
    told: dict[Checkpoint, list[tuple[str, list[str]]]] = {}
    for file in files:
        try:
            text, signers = opened(_read(Path(file)), verifiers)
        except BadInput as problem:
            if problem.code not in _EVIDENCE:
                raise
            lines.append(_Line(file, problem.code, shell.sentence(problem)))
        else:
            told.setdefault(read_checkpoint(text), []).append((file, signers))
    with shell.desk() as desk, shell.progress(shell.say("verifying")) as bar:
        found = desk.compare(list(told), bar)
        facts = found[0].facts if found else desk.ledger.count()
    for each in found:
        lines += [_Line(file, each.code, _sentence(shell, each), signers, each.checkpoint) for file, signers in told[each.checkpoint]]
    sound = all(line.code is None for line in lines)
    if shell.json:
        shell.emit({"sound": sound, "facts": facts, "checkpoints": [
            {"path": line.file, "signers": line.signers, **(_plain(line.checkpoint) if line.checkpoint else {}), "code": line.code, "sentence": line.sentence}
            for line in lines
        ]})  # fmt: skip
    else:
        for line in lines:
            shell.line(f"{'✓' if line.code is None else '✗'} {line.file}{shell.say('colon')}{line.sentence}{_by(shell, line.signers)}")
    raise typer.Exit(0 if sound else 1)


@proof.command("of")
def of(
    ctx: typer.Context,
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="the ticket's number")],
    at: Annotated[Path, typer.Option("--at", metavar="FILE", help="the checkpoint under which it is proved")],
    output: Output = None,
) -> None:
    """Carry one ticket away: its facts up to a checkpoint, and what shows that there were no others. Nothing in it is masked."""
    shell: Shell = ctx.obj
    note = _read(at)
    with shell.desk() as desk, shell.progress(shell.say("verifying")) as bar:
        lines = list(desk.prove(ticket, note, bar))
    if output is None:
        for line in lines:
            shell.line(line)
        return
    _write(output, "".join(f"{line}\n" for line in lines))
    shell.emit({"ticket": ticket, "facts": len(lines) - 1, "path": str(output)}) if shell.json else shell.note(shell.say("exported", count=len(lines) - 1, path=output))


@proof.command()
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a ticket with its proof")],
    by: By = None,
) -> None:
    """Check a ticket that was carried away; needs no database, and says what it shows and what it does not."""
    from aftersales_core import audit

    shell: Shell = ctx.obj
    content, verifiers = _read(file), _verifiers(by)
    try:
        found = audit.check(content.split("\n"), verifiers)  # a text within may hold other signs that end a line
    except BadInput as problem:
        if problem.code not in _EVIDENCE:
            raise
        said = shell.sentence(problem)
        shell.emit({"sound": False, "code": problem.code, "sentence": said}) if shell.json else shell.line(f"✗ {said}")
        raise typer.Exit(1) from None
    told = {"ticket": found.ticket, "facts": len(found.entries), "taken_at": found.checkpoint.taken_at, "origin": found.checkpoint.origin}
    if shell.json:
        shell.emit({"sound": True, **told, "signers": found.signers, "head": found.entries[-1].digest})
        return
    shell.line(f"✓ {shell.say('proof-holds', **{**told, 'taken_at': text.moment(found.checkpoint.taken_at)})}{_by(shell, found.signers)}")
    shell.note(shell.say("proof-signed" if found.signers else "proof-unsigned"))


def _keys() -> Any:
    plugins = import_module("aftersales_core.plugins")
    return plugins.adapter(plugins.KEYS, "ed25519:")("ed25519:")


def signing_key(file: Path) -> Signer:
    """The half of a key that `key` wrote into a file.

    Raises:
        BadInput: it is none, or others can read it: `key-open`.
    """
    found: Signer = _keys().signer(_read(file).strip())
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise BadInput("key-open", path=str(file))
    return found


def _verifiers(by: Iterable[str] | None) -> list[Verifier]:
    return [_keys().verifier(line.strip()) for line in by or ()]


def _plain(found: Checkpoint) -> dict[str, Any]:
    return {
        "origin": found.origin, "size": found.size, "root": found.root.hex(), "streams": found.streams, "standing": found.standing.hex(),
        "taken_at": found.taken_at,
    }  # fmt: skip


def _sentence(shell: Shell, each: Compared) -> str:
    facts = {"size": each.checkpoint.size, "taken_at": text.moment(each.checkpoint.taken_at), "facts": each.facts, "sound": each.sound}
    return wording.sentence(each.code or "checkpoint-holds", facts, shell.lang)


def _by(shell: Shell, signers: Sequence[str]) -> str:
    return shell.say("signed-by", names=shell.say("comma").join(signers)) if signers else ""


def _read(path: Path) -> str:
    if not path.is_file():
        raise BadInput("no-such-file", path=str(path))
    return path.read_text("utf-8", errors="replace")  # what is no text is no checkpoint either


def _write(path: Path, content: str, mode: int = 0o644) -> None:
    """Make a file that was not there: what is to be kept is not to be written over."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise BadInput("file-there", path=str(path)) from None
    try:
        with open(made, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
    except BaseException:
        path.unlink()  # half of it would stand in the way of the whole
        raise
