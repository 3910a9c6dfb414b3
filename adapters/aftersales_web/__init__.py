"""网页: the office's screens and the open API, on the desk of the core.

    from aftersales_web import create_app
    app = create_app(Desk.open("sqlite:///aftersales.db"))      # an ASGI application; close the desk yourself

Server-rendered pages that work without JavaScript and get quicker with it; nothing is fetched from elsewhere.
"""

from __future__ import annotations

from aftersales_web.app import create_app
from aftersales_web.office import Office, Settings

__all__ = ["Office", "Settings", "create_app"]
