"""网页: the office's screens and the open API, on the desk of the core.

    from aftersales_web import create_app
    app = create_app(Desk.open("sqlite:///aftersales.db"))      # an ASGI application; close the desk yourself

Server-rendered pages that work without JavaScript and get quicker with it; nothing is fetched from elsewhere. Importing
this package imports nothing else (PEP 562).
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_web.app import create_app
    from aftersales_web.office import Office, Settings

__all__ = ["Office", "Settings", "create_app"]

_HOMES = {
    "Office": "aftersales_web.office",
    "Settings": "aftersales_web.office",
    "create_app": "aftersales_web.app",
}


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
