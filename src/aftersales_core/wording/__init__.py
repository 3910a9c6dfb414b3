"""措辞: every sentence a person reads, in Chinese and English, keyed by code.

The vocabularies `zh` and `en` are plain dictionaries and can be read without what makes sentences of them, so that a
command line which only shows a ticket starts at once.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_core.wording.saying import LANGS, Lang, codes, listed, missing, sentence, word

__all__ = ["LANGS", "Lang", "codes", "listed", "missing", "sentence", "word"]


def __getattr__(name: str) -> "Any":
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.saying"), name)
    globals()[name] = value
    return value
