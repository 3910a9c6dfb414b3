"""人员: accounts and tokens, for administrators: who may come in, in which roles, for which shops. Every change is a fact."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from aftersales_core.rules.sight import Viewer, may_export
from aftersales_web.access import passwords
from aftersales_web.access.accounts import Account
from aftersales_web.access.gate import Admin, Form, Who, text_of
from aftersales_web.access.tokens import SCOPES
from aftersales_web.numbers import whole
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import version_of
from aftersales_web.pages.frame import frame_of
from aftersales_web.problems import WebError

router = APIRouter()


ACCOUNT: Final = re.compile(r"[\w][\w.-]{0,39}")
"""What an account may be called: what an actor may be called in a fact, and nothing that has a meaning in an address."""

LONGEST_TOKEN: Final = 366
"""Days a token is good for, at most."""


@router.get("/people")
def people(request: Request, who: Admin) -> Response:
    """Everybody who may come in, and every token."""
    return _page(request, who)


@router.post("/people")
def open_account(request: Request, who: Admin, form: Form) -> Response:
    """Open an account with a password for once, which is shown this once."""
    office = office_of(request)
    account, name = text_of(form, "account"), text_of(form, "name")
    if not ACCOUNT.fullmatch(account):
        raise WebError("people-bad-account", 422, account=account)
    if not name or len(name) > 120:
        raise WebError("people-no-name", 422)
    roles, branches, admin = _rights(office, form)
    password = passwords.one_time()
    made = Account(account, name, roles, branches, admin, passwords.hashed(password), one_time=True)
    if office.accounts.put(made) is None:
        raise WebError("people-taken", 409, account=account)
    office.log.note("open-account", who.actor, who.role or "admin", account=account, called=name, roles=roles, branches=branches, admin=admin)
    return _page(request, who, told=(account, password))


@router.get("/people/{account}")
def person(request: Request, who: Admin, account: str) -> Response:
    """One account, to be changed."""
    return _person(request, who, _found(office_of(request), account))


@router.post("/people/{account}")
def change_account(request: Request, who: Admin, account: str, form: Form) -> Response:
    """Change name, roles, shops; close or open it again. Whoever is closed out is out at once."""
    office = office_of(request)
    found = _found(office, account)
    roles, branches, admin = _rights(office, form)
    disabled = text_of(form, "disabled") == "yes"
    if account == who.actor and (disabled or not admin):
        raise WebError("people-not-oneself", 409)
    version = text_of(form, "version")
    changed = replace(
        found, name=text_of(form, "name")[:120] or found.name, roles=roles, branches=branches, admin=admin, disabled=disabled,
        version=found.version if (seen := version_of(version)) is None else seen,
    )  # fmt: skip
    if office.accounts.put(changed) is None:
        raise WebError("changed-meanwhile", 409)
    if disabled:
        office.sessions.end_all(account)
    office.log.note(
        "change-account", who.actor, who.role or "admin", account=account, called=changed.name, roles=roles, branches=branches,
        admin=admin, disabled=disabled, reason=text_of(form, "reason") or None,
    )  # fmt: skip
    return RedirectResponse("/people", 303)


@router.post("/people/{account}/password")
def reset_password(request: Request, who: Admin, account: str) -> Response:
    """Give the account a new password for once, shown this once; it is signed out everywhere."""
    office = office_of(request)
    found = _found(office, account)
    password = passwords.one_time()
    if office.accounts.put(replace(found, password=passwords.hashed(password), one_time=True)) is None:
        raise WebError("changed-meanwhile", 409)
    office.sessions.end_all(account)
    office.log.note("set-password", who.actor, who.role or "admin", account=account)
    return _page(request, who, told=(account, password))


@router.post("/people/{account}/tokens")
def issue_token(request: Request, who: Admin, account: str, form: Form) -> Response:
    """Issue a token that has the rights of the account in one of its roles, at most; it is shown this once."""
    office = office_of(request)
    found = _found(office, account)
    role = text_of(form, "role")
    scopes = tuple(each for each in SCOPES if form is not None and each in form.getlist("scopes"))
    days = whole(text_of(form, "days"))
    if role not in found.roles:
        raise WebError("people-no-such-role", 422, role=role)
    if not scopes:
        raise WebError("people-no-scope", 422)
    if "export" in scopes and not may_export(Viewer.of(account, role, found.branches), office.desk.playbook):
        raise WebError("people-may-not-export", 409, role=role)
    if days is None or not 1 <= days <= LONGEST_TOKEN:
        raise WebError("people-bad-days", 422, most=LONGEST_TOKEN)
    until = office.now() + timedelta(days=days)
    secret, token = office.tokens.issue(account, role, scopes, text_of(form, "about")[:120], until)
    office.log.note("issue-token", who.actor, who.role or "admin", token=token.id, account=account, scopes=scopes, expires=until)
    return _person(request, who, found, secret)


@router.post("/tokens/{token}/revoke")
def revoke_token(request: Request, who: Admin, token: str) -> Response:
    """End a token."""
    office = office_of(request)
    ended = office.tokens.revoke(token)
    if ended is None:
        raise WebError("people-no-such-token", 404, token=token)
    office.log.note("revoke-token", who.actor, who.role or "admin", token=ended.id, account=ended.account)
    return RedirectResponse(f"/people/{ended.account}", 303)


def _inside(office: Office) -> tuple[str, ...]:
    """The roles an account can have; those of people outside the house, who act by links, are not among them."""
    book = office.desk.playbook
    return tuple(role for role in book.roles if role not in book.access.outside)


def _rights(office: Office, form: FormData | None) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """Roles, shops and whether an administrator, as a form says. Raises WebError for a role the playbook does not know."""
    told = [each for each in form.getlist("roles") if isinstance(each, str)] if form is not None else []
    for each in told:
        if each not in _inside(office):
            raise WebError("people-no-such-role", 422, role=each)
    branches = tuple(dict.fromkeys(re.findall(r"[^\s、,，;；]+", text_of(form, "branches"))))
    admin = text_of(form, "admin") == "yes"
    if not told and not admin:
        raise WebError("people-no-role", 422)
    return tuple(role for role in _inside(office) if role in told), branches, admin


def _found(office: Office, account: str) -> Account:
    found = office.accounts.find(account)
    if found is None:
        raise WebError("people-no-such-account", 404, account=account)
    return found


def _page(request: Request, who: Who, told: tuple[str, str] | None = None) -> Response:
    office = office_of(request)
    found = sorted(office.accounts.all(), key=lambda each: (each.disabled, each.id))
    return frame_of(request).page(request, "people.html", who, people=found, roles=_inside(office), told=told)


def _person(request: Request, who: Who, found: Account, secret: str = "") -> Response:
    office = office_of(request)
    tokens = [each for each in office.tokens.all() if each.account == found.id]
    return frame_of(request).page(
        request, "person.html", who, person_=found, roles=_inside(office), tokens=tokens, scopes=SCOPES, secret=secret,
        may_export={role for role in found.roles if may_export(Viewer.of(found.id, role), office.desk.playbook)},
    )  # fmt: skip
