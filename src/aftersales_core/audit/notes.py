"""签名: a text that somebody put his name to, in the form of C2SP signed notes, which other programs read as well.

    the text, some lines                      each ends with a line break
                                              an empty line
    — dealer.example/after-sales x08go/ZJ…    a line for each signature: who, and base64 of 4 bytes of the key's and the signature

Who signs and how it is checked is an adapter's; nothing here knows a key.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Protocol

from aftersales_core.errors import BadInput

MARK = "— "
"""What a line with a signature begins with."""


class Signer(Protocol):
    """Signs in the name of a key."""

    @property
    def name(self) -> str:
        """Whose key it is; without spaces and plus signs."""
        ...

    @property
    def hint(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature of *message*."""
        ...


class Verifier(Protocol):
    """Knows the signatures of one key."""

    @property
    def name(self) -> str: ...
    @property
    def hint(self) -> bytes: ...

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether *signature* is the key's for *message*."""
        ...


def signed(text: str, *signers: Signer) -> str:
    """*text*, which ends with a line break, with the signatures of *signers*."""
    lines = [f"{MARK}{each.name} {b64encode(each.hint + each.sign(text.encode())).decode()}\n" for each in signers]
    return "".join([text, "\n", *lines]) if lines else text


def opened(note: str, verifiers: Sequence[Verifier] = ()) -> tuple[str, list[str]]:
    """The text of a note, and the names of those among *verifiers* who signed it.

    Signatures of others are passed over.

    Raises:
        BadInput: `bad-checkpoint`, it is none; `signature-wrong`, one that claims to be of a verifier's key is not;
            `not-signed`, there are verifiers and none of them signed.
    """
    text, between, rest = note.rpartition("\n\n")
    text, lines = (f"{text}\n", rest.splitlines()) if between else (note, [])
    if not text.endswith("\n") or (between and not lines) or any(not line.startswith(MARK) for line in lines):
        raise BadInput("bad-checkpoint")
    names = []
    # half a character can stand in JSON, and never in what was signed
    message = text.encode("utf-8", "surrogatepass")
    for line in lines:
        name, hint, signature = _signature(line)
        for each in verifiers:
            if (each.name, each.hint) == (name, hint):
                if not each.holds(message, signature):
                    raise BadInput("signature-wrong", name=name)
                names.append(name)
    if verifiers and not names:
        raise BadInput("not-signed", names=[each.name for each in verifiers])
    return text, names


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _space, told = line.removeprefix(MARK).partition(" ")
    try:
        content = b64decode(told, validate=True)
    except ValueError:
        content = b""
    if not name or len(content) < 5:
        raise BadInput("bad-checkpoint")
    return name, content[:4], content[4:]
