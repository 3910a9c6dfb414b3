"""选项: the options that stand before or after any command, read by hand so that nothing has to be imported for it."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DATABASE = "sqlite:///aftersales.db"
"""Where nobody says otherwise."""


class Options:
    """What was said for the program as a whole.

    Attributes:
        files: where photos and documents are kept, None for beside the database.
        playbooks: files with editions of the rules, beside the preset that ships.
        rest: the command and its own arguments.
        problem: (option, value) of an option that makes no sense, else None.
    """

    __slots__ = ("db", "files", "json", "lang", "playbooks", "problem", "rest", "unmask", "version")

    def __init__(self, environ: "Mapping[str, str]") -> None:
        self.db = environ.get("AFTERSALES_DB") or DATABASE
        self.files = environ.get("AFTERSALES_FILES") or None
        self.json = False
        self.lang = language(environ)
        self.unmask = False
        self.version = False
        self.rest: list[str] = []
        self.playbooks: list[str] = []
        self.problem: tuple[str, str] | None = None


def language(environ: "Mapping[str, str]") -> str:
    """`zh` where the environment asks for Chinese, else `en`."""
    asked = environ.get("AFTERSALES_LANG")
    if asked in ("zh", "en"):
        return asked
    locale = next((v for v in map(environ.get, ("LC_ALL", "LC_MESSAGES", "LANG")) if v), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def read(argv: "Sequence[str]", environ: "Mapping[str, str]" = os.environ) -> Options:
    """Take the global options out of *argv*, wherever they stand before a `--`."""
    found = Options(environ)
    asked = iter(argv)
    for word in asked:
        name, equals, value = word.partition("=")
        if word == "--":
            found.rest += [word, *asked]
        elif word == "--json":
            found.json = True
        elif word == "--unmask":
            found.unmask = True
        elif word == "--version":
            found.version = True
        elif name in ("--db", "--files", "--lang", "--playbook"):
            _take(found, name, value if equals else next(asked, ""))
        else:
            found.rest.append(word)
    return found


def _take(found: Options, name: str, value: str) -> None:
    if name == "--db" and value:
        found.db = value
    elif name == "--files" and value:
        found.files = value
    elif name == "--lang" and value in ("zh", "en"):
        found.lang = value
    elif name == "--playbook" and value:
        found.playbooks.append(value)
    else:
        found.problem = found.problem or (name, value)
