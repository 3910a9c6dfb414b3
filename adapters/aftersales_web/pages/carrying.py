"""带出: a table as a file for a spreadsheet, for those who may carry data out; every file is a fact. (H-65)"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

from fastapi.responses import Response

from aftersales_core.rules.sight import may_export
from aftersales_web.access.gate import Who
from aftersales_web.office import Office
from aftersales_web.problems import WebError

_RECKONED: Final = ("=", "+", "-", "@", "\t", "\r")


def must_export(office: Office, who: Who) -> None:
    """Raises WebError `may-not-carry` where the role may not carry data out."""
    if not may_export(who.viewer, office.desk.playbook):
        raise WebError("may-not-carry", 403)


def carried(office: Office, who: Who, what: str, rows: int) -> None:
    """Record that so many rows of *what* are carried out; before they are."""
    office.log.note("carry-out", who.actor, who.role, what=what, rows=rows)


def table_file(heads: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> Response:
    """A CSV that a spreadsheet opens as it is: marked as UTF-8, and nothing in it is a formula."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return Response(
        ("\ufeff" + out.getvalue()).encode(), media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )  # fmt: skip


def harmless(text: str) -> str:
    """*text* so that a spreadsheet shows it and does not reckon it: a formula begins with one of these signs."""
    return f"'{text}" if text.startswith(_RECKONED) else text
