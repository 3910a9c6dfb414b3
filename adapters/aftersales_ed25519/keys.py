"""密钥: both halves of a key as one line of text each.

    PRIVATE+KEY+dealer.example/after-sales+9f3a1c22+AY…      signs; for one pair of eyes
    dealer.example/after-sales+9f3a1c22+AQ…                  checks; for everybody

The middle is the first four bytes of SHA-256 over name, line break, a one byte and the public key.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from aftersales_core.errors import BadInput

PRIVATE: Final = "PRIVATE+KEY+"
_ED25519: Final = b"\1"
"""What says in a key of what kind it is."""


class SigningKey:
    """The private half of a key."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = _named(name)
        self._key = key
        self.public = VerifyingKey(name, key.public_key())

    @classmethod
    def new(cls, name: str) -> Self:
        """A key that nobody had before.

        Raises:
            BadInput: `bad-key-name`, it cannot stand in a key.
        """
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def read(cls, line: str) -> Self:
        """The key in a line of text.

        Raises:
            BadInput: `bad-key`, it is none; `key-checks-only`, it is the other half.
        """
        if not line.startswith(PRIVATE):
            VerifyingKey.read(line)
            raise BadInput("key-checks-only")
        name, hint, content = _parts(line.removeprefix(PRIVATE))
        found = cls(name, Ed25519PrivateKey.from_private_bytes(content))
        if found.hint != hint:
            raise BadInput("bad-key")
        return found

    @property
    def hint(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return self.public.hint

    def sign(self, message: bytes) -> bytes:
        """The signature of *message*, 64 bytes."""
        return self._key.sign(message)

    def line(self) -> str:
        """The key as text; who has it signs in its name."""
        return f"{PRIVATE}{self.name}+{self.hint.hex()}+{b64encode(_ED25519 + self._key.private_bytes_raw()).decode()}"


class VerifyingKey:
    """The public half of a key; its text is its `str`."""

    def __init__(self, name: str, key: Ed25519PublicKey) -> None:
        self.name = _named(name)
        self._key = key
        self._content = _ED25519 + key.public_bytes_raw()
        self.hint = sha256(name.encode() + b"\n" + self._content).digest()[:4]

    @classmethod
    def read(cls, line: str) -> Self:
        """The key in a line of text.

        Raises:
            BadInput: `bad-key`, it is none; `key-signs`, it is the other half.
        """
        if line.startswith(PRIVATE):
            raise BadInput("key-signs")
        name, hint, content = _parts(line)
        found = cls(name, Ed25519PublicKey.from_public_bytes(content))
        if found.hint != hint:
            raise BadInput("bad-key")
        return found

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Whether *signature* was made of *message* with the other half."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.hint.hex()}+{b64encode(self._content).decode()}"


class Keys(NamedTuple):
    """What there is to be had of keys: a new one for a name, and either half from its line."""

    new: Callable[[str], SigningKey] = SigningKey.new
    signer: Callable[[str], SigningKey] = SigningKey.read
    verifier: Callable[[str], VerifyingKey] = VerifyingKey.read


def open_keys(_url: str) -> Keys:
    """Keys of this kind, for `plugins.adapter`."""
    return Keys()


def _named(name: str) -> str:
    if not name or "+" in name or any(each.isspace() for each in name):
        raise BadInput("bad-key-name", value=name)
    return name


def _parts(line: str) -> tuple[str, bytes, bytes]:
    try:
        name, hint, content = line.strip().split("+", 2)
        kind = b64decode(content, validate=True)
        if len(kind) != 33 or kind[:1] != _ED25519:
            raise ValueError(kind)
        return _named(name), bytes.fromhex(hint), kind[1:]
    except ValueError:
        raise BadInput("bad-key") from None
