"""Requests nobody would think of, made by schemathesis from the description of the API, against an office with tickets.

    python -m bench.api_fuzz                 # 10,000 requests
    python -m bench.api_fuzz 500 7           # so many, from another seed

What is held: no answer is a mistake of ours; every status, type, header and body is one that the description says.
Most requests are made to reach something: a ticket that is there, at any version, under an id nobody used.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import get_client
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette

from aftersales_core import Desk, demo
from aftersales_core.errors import AftersalesError
from aftersales_core.rules import COMMANDS, preset
from aftersales_web import Settings, create_app
from aftersales_web.access.accounts import Account
from aftersales_web.api import examples
from aftersales_web.api.openapi import described

CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance,
]  # fmt: skip

ROLES: Final = tuple(preset().roles)
"""Who asks, in turn: some carry out, some are shown all, some are shown it masked, some see their own only."""

FILE: Final = (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82")


@dataclass(slots=True)
class Report:
    """What came of it."""

    requests: int = 0
    operations: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    good: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def office(commands: int) -> Iterator[tuple[Starlette, dict[str, str], list[str]]]:
    """An office with the first *commands* of the demo's month: the application, role → token, its tickets."""
    with Desk.open("memory:") as desk:
        for command in list(demo.month())[:commands]:
            try:
                desk.handle(command)
            except AftersalesError:
                continue  # the month has mistakes in it, on purpose
        app = create_app(desk, settings=Settings(api_rate=1e12, api_burst=10**9, hosts=()))
        house = app.state.office
        tokens = {}
        for role in ROLES:
            house.accounts.put(Account(f"u-{role}", role, (role,)))
            tokens[role], _kept = house.tokens.issue(f"u-{role}", role, ("read", "write", "export"), "fuzz")
        numbers = sorted(number for number, _version in desk.ledger.tickets() if not number.startswith("log/"))
        try:
            yield app, tokens, numbers
        finally:
            house.close()


def fuzz(each: int, start: int = 1, *, commands: int = 10_000, tell: Callable[[str], None] = lambda _line: None) -> Report:
    """*each* requests of every operation, made from seed *start*."""
    report = Report()
    with office(commands) as (app, tokens, numbers), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_dict(described())
        with get_client(app, max_stream_events=None) as client:
            for found in schema.get_all_operations():
                operation = found.ok()
                report.operations += 1
                before = len(report.wrong)
                _ask(operation, each, start, client, tokens, numbers, report)
                tell(f"{operation.label}: {len(report.wrong) - before} wrong")
    return report


def _ask(operation: Any, each: int, start: int, client: Any, tokens: dict[str, str], numbers: list[str], report: Report) -> None:
    seen: set[str] = set()

    @seed(start)
    @settings(
        max_examples=each, deadline=None, database=None, phases=[Phase.explicit, Phase.generate], verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck), derandomize=False,
    )  # fmt: skip
    @given(case=operation.as_strategy(), luck=st.integers(0, 2**32))
    def ask(case: Any, luck: int) -> None:
        chance = random.Random(luck)
        role = ROLES[luck % len(ROLES)]
        case.headers = dict(case.headers or {})
        if chance.random() < 0.7:
            role = _aim(case, chance, numbers) or role
        case.headers["Authorization"] = f"Bearer {tokens[role]}"
        if case.query:
            case.query.pop("wait", None)  # it would be waited for
        try:
            answer = case.call(session=client, base_url="http://testserver", timeout=20)
        except UnicodeError:
            return  # no client can send it
        report.requests += 1
        report.statuses[answer.status_code] += 1
        if answer.status_code < 300:
            report.good.add(operation.label)
        elif "problem" in answer.headers.get("content-type", [""])[0]:
            report.codes[answer.json()["code"]] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Exception, BaseExceptionGroup) as problem:  # every one is told, and the next is asked
            told = f"{operation.label} → {answer.status_code}: {str(problem)[:1500]}"
            if str(problem)[:120] not in seen:
                seen.add(str(problem)[:120])
                report.wrong.append(told)

    ask()


def _aim(case: Any, chance: random.Random, numbers: list[str]) -> str | None:
    """Make a request one that reaches something; the role that should send it, where it is a command."""
    role = None
    if case.path_parameters and "ticket" in case.path_parameters:
        case.path_parameters["ticket"] = chance.choice(numbers).replace("/", "~")
    if case.method.upper() == "POST":
        case.headers |= {"If-Match": "*", "Idempotency-Key": f"k-{chance.getrandbits(64):x}"}
        case.headers.pop("If-None-Match", None)
        command = case.path.rpartition("/commands/")[2]
        if command in COMMANDS:
            role = chance.choice(preset().duties[command].roles)
            sample = examples.of_command(command)
            if sample is not None and chance.random() < 0.5:
                case.body = sample
                if command in ("report", "import-ticket"):
                    case.path_parameters["ticket"] = f"F-{chance.getrandbits(40):x}"
    if case.path.endswith("/routines") and case.method.upper() == "POST" and chance.random() < 0.5:
        case.body = {"routine": "morning-meeting", "day": "2026-11-02"}
        role = "install_supervisor"
    for name in list(case.query or {}):
        if chance.random() < 0.7:
            case.query.pop(name)
    return role


def main(arguments: list[str]) -> int:
    wanted = int(arguments[0]) if arguments else 10_000
    start = int(arguments[1]) if len(arguments) > 1 else 1
    operations = sum(len(methods) for methods in described()["paths"].values())
    report = fuzz(-(-wanted // operations), start, tell=lambda line: print(line, flush=True))
    for wrong in report.wrong:
        print("\n" + wrong)
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items()))
    print(f"\n{report.requests} requests of {report.operations} operations; {statuses}; {len(report.wrong)} wrong")
    codes = ", ".join(f"{code} {count}" for code, count in report.codes.most_common())
    print(f"answered with success by {len(report.good)} operations; refused: {codes}")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
