"""来者: who calls the API, what he may ask for, and how often; what he carries out is noted."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from aftersales_web.access.gate import Allow, Who
from aftersales_web.office import Office, office_of
from aftersales_web.problems import WebError


class Caller(Allow):
    """`Allow`, for programs: the session's secret comes in a header, so that no body is read before it is known who sends
    it; and nobody asks more often than the settings say."""

    def __call__(self, request: Request) -> Who:  # type: ignore[override]  # FastAPI reads the signature
        """Raises WebError: what `Allow` raises, and `too-often` with `Retry-After`."""
        who = super().__call__(request, None)
        request.state.who = who
        office = office_of(request)
        wait = office.rates.wait("api", key_of(who), holds=office.settings.api_burst, a_minute=office.settings.api_rate)
        if wait:
            raise WebError("too-often", 429, {"Retry-After": str(int(wait) + 1)}, seconds=int(wait) + 1)
        return who


Reader: TypeAlias = Annotated[Who, Depends(Caller("read"))]
Writer: TypeAlias = Annotated[Who, Depends(Caller("write"))]
Exporter: TypeAlias = Annotated[Who, Depends(Caller("export"))]


def key_of(who: Who) -> str:
    """What tells this caller from others: his token, or his session."""
    return who.token or (who.session.key if who.session is not None else who.actor)


def carried_out(office: Office, who: Who, what: str) -> None:
    """Note that *who* carries *what* out: once a day for each token or session."""
    office.log.note_daily(key_of(who), "carry-out", who.actor, who.role, what=what)
