"""入口: runs a command of the Typer app and turns everything raised on purpose into one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import cast

import typer

from aftersales_cli.app import build
from aftersales_cli.argv import Options
from aftersales_cli.shell import ReaderGone, Shell
from aftersales_core.errors import (
    AftersalesError,
    CommandReused,
    FileAltered,
    NoAdapter,
    Refused,
    StaleTicket,
    StoredFactUnreadable,
    StoreUnusable,
    UnknownFile,
    UnknownTicket,
)

DONE, REFUSED, WRONG, NOT_FOUND, UNUSABLE, CONFLICT, UNEXPECTED, INTERRUPTED, READER_GONE = 0, 1, 2, 3, 4, 5, 70, 130, 141

_CODES: tuple[tuple[type[AftersalesError], int], ...] = (
    (Refused, REFUSED),
    (UnknownTicket, NOT_FOUND),
    (UnknownFile, NOT_FOUND),
    (StoreUnusable, UNUSABLE),
    (NoAdapter, UNUSABLE),
    (StoredFactUnreadable, UNUSABLE),
    (FileAltered, UNUSABLE),
    (CommandReused, CONFLICT),
    (StaleTicket, CONFLICT),
)


WrongUsage: type[typer.BadParameter] = cast(type[typer.BadParameter], typer.BadParameter.__mro__[2])
"""Whatever is wrong with a command line; Typer does not give the common class a public name."""


def exit_code(problem: AftersalesError) -> int:
    """What the program ends with; what is not in the table is wrong input."""
    return next((code for kind, code in _CODES if isinstance(problem, kind)), WRONG)


def run(options: Options) -> int:
    """Run the command of *options* and return its exit code; no traceback reaches the user for anything foreseen."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a terminal that cannot show a character must not cost the answer
            stream.reconfigure(errors="backslashreplace")
    shell = Shell(options)
    if options.problem is not None:
        option, value = options.problem
        facts = {"field": option, "value": value}
        return shell.complain("bad-option", shell.say("bad-option", **facts), facts, WRONG)
    command = build(options.lang)
    try:
        code = command.main(options.rest or ["--help"], prog_name="aftersales", standalone_mode=False, obj=shell)
        sys.stdout.flush()
        return code if isinstance(code, int) else DONE
    except AftersalesError as problem:
        return shell.fail(problem, exit_code(problem))
    except (ReaderGone, BrokenPipeError):
        # the interpreter flushes once more on its way out, and nobody is there to read it
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except (KeyboardInterrupt, typer.Abort):
        return shell.complain("interrupted", shell.say("interrupted"), {}, INTERRUPTED)
    except WrongUsage as problem:
        said = problem.format_message()
        return shell.complain("bad-usage", shell.say("bad-usage", reason=said), {"reason": said}, WRONG)
    except OSError as problem:
        facts = {"path": str(problem.filename or ""), "reason": problem.strerror or str(problem)}
        return shell.complain("file-unusable", shell.say("file-unusable", **facts), facts, WRONG)
    except Exception as problem:
        # a mistake of ours; whoever wants to see where it is says so
        if os.environ.get("AFTERSALES_DEBUG"):
            raise
        reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
        return shell.complain("unexpected", shell.say("unexpected", reason=reason), {"reason": reason}, UNEXPECTED)
