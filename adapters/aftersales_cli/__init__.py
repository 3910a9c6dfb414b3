"""命令行: the command line `aftersales`. Importing this package imports nothing else.

`main` looks at the arguments itself first: a version and a ticket that can be glanced at need neither Typer, nor Rich,
nor pydantic, and most of what a command costs is importing them.
"""

__all__ = ["main"]


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: without the program's name; `sys.argv` unless given. Not given means that this is the program itself:
            a ticket that was glanced at then ends it at once, without coming back.

    Returns:
        The exit code: 0 done, 1 refused or found, 2 wrong input, 3 no such ticket or file, 4 database unusable, 5 conflict,
        70 a mistake of this program, 130 interrupted, 141 the reader of our output went away.
    """
    import sys

    from aftersales_cli.argv import read

    options = read(sys.argv[1:] if argv is None else argv)
    if options.version:
        from aftersales_core import __version__

        sys.stdout.write(f"aftersales {__version__}\n")
        return 0
    if options.rest[:1] == ["show"]:
        from aftersales_cli.quick import leave, show

        if (code := show(options)) is not None:
            return code if argv is not None else leave(code)
    from aftersales_cli.door import run

    return int(run(options))
