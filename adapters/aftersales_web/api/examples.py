"""样例: a body for each command, from the samples the core tells its own stories with."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any, Final

from aftersales_core.errors import AftersalesError
from aftersales_core.rules import COMMANDS, parse_command
from aftersales_core.testing.samples import filled
from aftersales_core.testing.scene import Scene
from aftersales_web.api.rendering import plain

NOW: Final = datetime.fromisoformat("2026-11-26T10:00:00+08:00")


@cache
def _scene() -> Scene:
    return Scene()


@cache
def of_command(name: str) -> Any:
    """The body of a command, None where a sample hangs on what a ticket has."""
    body = plain(filled(_scene(), name, {}))
    known = {"command": name, "ticket": "AS-1", "command_id": "x", "actor": "x", "role": "x", "occurred_at": NOW.isoformat()}
    try:
        parse_command(json.dumps({**body, **known}))
    except AftersalesError:
        return None
    return body if name in COMMANDS else None


def batch() -> list[Any]:
    """Two commands."""
    return [
        {"command": "report", "ticket": "AS-1", "command_id": "import-1", **of_command("report")},
        {"command": "acknowledge", "ticket": "AS-1", "command_id": "import-2", "note": "已电话联系"},
    ]
