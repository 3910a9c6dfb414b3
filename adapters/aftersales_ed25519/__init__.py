"""印鉴: keys that sign checkpoints, and keys that know such signatures, by Ed25519 and in the form of C2SP signed notes.

Importing this package imports nothing else (PEP 562).
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_ed25519.keys import Keys, SigningKey, VerifyingKey, open_keys

__all__ = ["Keys", "SigningKey", "VerifyingKey", "open_keys"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("aftersales_ed25519.keys"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
