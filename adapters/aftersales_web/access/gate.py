"""门卫: who is asking, whether he may, and whether it is really he who asks.

Every route names what it allows with `Depends(Allow(...))`; one that does not is found by a test and by `create_app`.
A browser is known by its cookie, another program by its token; only what a browser sends by itself can be forged, so
whatever changes something has to bring back the session's secret or come from a page of ours.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData

from aftersales_core.rules.sight import Viewer
from aftersales_web.access.accounts import Account
from aftersales_web.access.sessions import Session, same
from aftersales_web.access.tokens import SCOPES, Token
from aftersales_web.office import Office, office_of
from aftersales_web.problems import WebError

COOKIE: Final = "aftersales"
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_QUIET: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever is asking: an account, in one of its roles, through a session or a token.

    Attributes:
        actor: id of the account; the actor of what he does.
        role: in which role he acts now; `roles`: those he has.
        branches: whose tickets he sees; None for all.
        scopes: what a token may; everything, for a session.
        session: None where a token asks; `token`: its public id, empty where a session asks.
    """

    actor: str
    name: str
    role: str
    roles: tuple[str, ...]
    branches: frozenset[str] | None
    admin: bool
    scopes: frozenset[str]
    session: Session | None = None
    one_time: bool = False
    token: str = ""

    @property
    def viewer(self) -> Viewer:
        """As the rules know him who decide what rows he sees."""
        return Viewer(self.actor, self.role, self.branches)


async def form_of(request: Request) -> AsyncIterator[FormData | None]:
    """The form a request brings; None where it brings none. Its files are closed when the request is answered."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in _QUIET or kind not in _FORMS:
        yield None
        return
    async with request.form(max_files=20, max_fields=500) as form:
        yield form


class Allow:
    """What a route asks of whoever comes: a scope, being an administrator; called by FastAPI, returns `Who`.

    Attributes:
        scope: one of `SCOPES`; for a session it is always there.
        admin: administrators only.
        first: let in also with a password that has to be changed first.
    """

    def __init__(self, scope: str = "read", *, admin: bool = False, first: bool = False) -> None:
        assert scope in SCOPES, scope
        self.scope = scope
        self.admin = admin
        self.first = first

    def __call__(self, request: Request, form: Annotated[FormData | None, Depends(form_of)]) -> Who:
        """Raises WebError: `not-signed-in`, `scope-missing`, `not-admin`, `forged`, `password-first`."""
        who = known(request)
        if who is None:
            raise WebError("not-signed-in", 401)
        if who.session is not None and request.method not in _QUIET:
            _really(request, form, who.session)
        if self.scope not in who.scopes:
            raise WebError("scope-missing", 403, scope=self.scope)
        if self.admin and (not who.admin or who.session is None):
            raise WebError("not-admin", 403)
        if who.one_time and not self.first:
            raise WebError("password-first", 403)
        return who


Form = Annotated[FormData | None, Depends(form_of)]
"""The form a request brings."""

Reader = Annotated[Who, Depends(Allow("read"))]
Writer = Annotated[Who, Depends(Allow("write"))]
Admin = Annotated[Who, Depends(Allow("read", admin=True))]
"""Whoever asks, as a parameter of a route that allows it."""


def text_of(form: FormData | None, name: str) -> str:
    """What a form says in a field, trimmed; empty where nothing, or where a file is."""
    value = form.get(name) if form is not None else None
    return value.strip() if isinstance(value, str) else ""


class Anyone:
    """A route that is open to everybody, said on purpose; *why* is for whoever reads the matrix of rights."""

    def __init__(self, why: str) -> None:
        self.why = why

    def __call__(self, request: Request) -> Who | None:
        """Whoever is asking, where that is known."""
        return known(request)


def known(request: Request) -> Who | None:
    """Who asks, from the token or the cookie of a request; None where neither is good."""
    office = office_of(request)
    header = request.headers.get("authorization", "")
    if header:
        scheme, _, secret = header.partition(" ")
        token = office.tokens.find(secret.strip()) if scheme.lower() == "bearer" else None
        account = office.accounts.find(token.account) if token is not None else None
        return None if token is None or account is None else _by_token(account, token)
    cookie = request.cookies.get(COOKIE)
    session = office.sessions.find(cookie) if cookie else None
    account = office.accounts.find(session.account) if session is not None else None
    return None if session is None or account is None else _by_session(account, session, office)


def _by_token(account: Account, token: Token) -> Who | None:
    # what was taken from the account since the token was made is taken from the token too
    if account.disabled or account.one_time or token.role not in account.roles:
        return None
    return Who(
        account.id, account.name, token.role, account.roles, frozenset(account.branches) or None, False,
        frozenset(token.scopes), token=token.id,
    )  # fmt: skip


def _by_session(account: Account, session: Session, office: Office) -> Who | None:
    if account.disabled:
        return None
    role = session.role if session.role in account.roles else next(iter(account.roles), "")
    return Who(
        account.id, account.name, role, account.roles, frozenset(account.branches) or None, account.admin,
        frozenset(SCOPES), session, account.one_time,
    )  # fmt: skip


def from_here(request: Request) -> None:
    """Raises WebError `forged` for what a browser says comes from a page of somebody else's."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise WebError("forged", 403)
    origin = request.headers.get("origin", "")
    if origin and origin.partition("://")[2] != request.headers.get("host", ""):
        raise WebError("forged", 403)


def _really(request: Request, form: FormData | None, session: Session) -> None:
    """Raises WebError `forged` for what does not bring the session's secret."""
    from_here(request)
    given = request.headers.get("x-csrf-token") or (form.get("csrf") if form is not None else None)
    if not isinstance(given, str) or not same(given, session.csrf):
        raise WebError("forged", 403)
