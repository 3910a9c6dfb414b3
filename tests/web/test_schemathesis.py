"""接口的契约: requests made from the description; `python -m bench.api_fuzz` makes ten thousand of them."""

from __future__ import annotations

from bench.api_fuzz import fuzz

from aftersales_web.api.openapi import described


def test_whatever_is_asked_the_answer_is_one_that_the_description_says() -> None:
    report = fuzz(8, commands=120)

    assert report.wrong == []
    assert report.operations == sum(len(methods) for methods in described()["paths"].values())
    assert report.requests >= 2 * report.operations
    assert {200, 201, 404, 409, 422} <= set(report.statuses)
