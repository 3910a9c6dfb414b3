"""The office on PostgreSQL: every page answers, and what is recorded through one is seen through another."""

from __future__ import annotations

from datetime import timedelta

from tests.postgres import Server
from tests.web.office import house
from tests.web.telling import handed_in, kinds

from aftersales_core.audit import Rejudged, Report, check

PAGES = (
    "/", "/?list=overdue", "/board", "/board?view=table", "/plan", "/plan?days=14", "/tickets?q=AS", "/t/AS-1", "/t/AS-1?all=1", "/t/AS-1/replay?v=3&other=1",
    "/t/AS-1/do/raise-leftover", "/calls", "/warehouse", "/papers", "/clauses?q=F-0", "/t/AS-1/papers/install-repair-slip",
    "/api/v1/tickets", "/api/v1/tickets/AS-1", "/api/v1/tickets/AS-1/story", "/api/v1/views/board", "/api/v1/me", "/readyz",
)  # fmt: skip


def test_a_day_in_the_office_on_postgresql(postgres: Server) -> None:
    with house(postgres.new_url()) as shop:
        handed_in(shop)
        shop.report("AS-2")
        browser = shop.browser("csm-tang")
        for page in PAGES:
            assert browser.get(page).status_code == 200, page

        before = kinds(shop, "AS-2")
        form = {"command_id": "w-1", "version": "1", "note": "客户下午在家"}
        assert browser.post("/t/AS-2/do/acknowledge", data=form, follow_redirects=False).status_code == 303
        assert browser.post("/t/AS-2/do/acknowledge", data=form, follow_redirects=False).status_code == 303  # sent again
        assert kinds(shop, "AS-2") == [*before, "acknowledged"]
        assert "首次联系" in browser.get("/t/AS-2").text
        late = browser.post("/t/AS-2/do/triage", data={"command_id": "w-2", "version": "1", "service": "repair", "needs_goods": "no"})
        assert late.status_code == 412  # somebody wrote meanwhile

        boss = shop.browser("mgr-fang")
        assert [entry.fact.kind for entry in check(boss.post("/t/AS-2/proof").text.splitlines()).entries] == kinds(shop, "AS-2")
        assert shop.browser("boss").get("/accesses").status_code == 200
        assert list(shop.desk.verify(Report())) == []
        assert list(shop.desk.rejudge(Rejudged())) == []
        day = shop.clock().date()
        assert [entry.fact.kind for entry in shop.desk.accesses(day - timedelta(days=1), day)].count("carried-out") == 1


def test_two_offices_on_one_database_see_each_other(postgres: Server) -> None:
    url = postgres.new_url()
    with house(url) as one, house(url) as other:
        one.report("AS-1")
        assert "AS-1" in other.browser("cs-lin").get("/board").text
        answer = other.browser("cs-lin").post("/t/AS-1/do/acknowledge", data={"command_id": "w-1", "version": "1"}, follow_redirects=False)
        assert answer.status_code == 303
        assert "首次联系" in one.browser("cs-lin").get("/t/AS-1").text
