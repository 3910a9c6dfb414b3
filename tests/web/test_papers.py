"""单据: which forms a ticket has and owes, filed from the page; printed as the reader may have them; registers carried out as facts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import segno
from tests.web.office import NOW, House, hidden, house
from tests.web.stock import goods, kinds

from aftersales_core.forms import PAPERS, STYLE
from aftersales_core.views import REGISTERS

ADDRESS = "文三路 90 号 3 幢 502"


@pytest.fixture
def office() -> Iterator[House]:
    with house() as made:
        goods(made, "AS-1", "notify-arrival")
        start = made.clock.at + timedelta(hours=2)
        made.tell("make-appointment", "AS-1", start=start, end=start + timedelta(hours=2), agreed_with="王芳")
        made.tell("prepare-papers", "AS-1", papers=["install-repair-slip", "sheet-feedback-slip", "leftover-sheet"])
        made.tell("dispatch", "AS-1", "cs_supervisor", "csm-tang", crew=["inst-zhou", "inst-li"])
        yield made


def carried(office: House) -> list[tuple[str, int | None, str]]:
    return [
        (entry.fact.what, entry.fact.rows, entry.actor)  # type: ignore[attr-defined]
        for entry in office.desk.accesses(NOW.date(), NOW.date() + timedelta(days=1)) if entry.fact.kind == "carried-out"
    ]  # fmt: skip


def cell(page: str, label: str) -> str:
    """What stands on a form beside a label."""
    found = re.search(rf'<th scope="row"[^>]*>{label}</th><td[^>]*>(.*?)</td>', page)
    assert found is not None, label
    return re.sub(r"<[^>]+>", "", found[1])


# --- the hub


def test_a_ticket_shows_every_paper_with_how_far_it_is_and_what_comes_next(office: House) -> None:
    page = office.browser("cs-lin").get("/papers?ticket=AS-1").text
    table = page.partition('id="ticket"')[2].partition("</section>")[0]

    assert re.findall(r'<th scope="row">([^<]+)</th>', table) == [
        "《安装维修反馈单》", "《遗留单处理单反馈单》", "《遗留问题处理单》", "《售服信息反馈表》", "《安装日报表》", "《安装顾客验收卡》",
    ]  # fmt: skip
    assert 'href="/t/AS-1/papers/install-repair-slip?visit=1"' in table
    assert 'href="/t/AS-1/papers/leftover-sheet?leftover=1"' in table
    assert 'href="/t/AS-1/do/upload-form"' in table
    assert "/papers/daily-report" not in table


def test_a_ticket_is_found_by_what_one_knows_of_it_and_may_see(office: House) -> None:
    office.report("AS-22", customer="王芳芳", phone="13900000000", branch="east")
    client = office.browser("cs-lin")

    assert 'action="/papers/AS-1/move"' in office.browser("inst-zhou").get("/papers?q=as-1").text
    assert client.get("/papers?q=13812345678").text.count("/t/AS-1/papers/") > 3
    several = client.get("/papers?q=王芳").text
    assert 'href="/papers?ticket=AS-1"' in several
    assert 'href="/papers?ticket=AS-22"' in several
    assert "没有找到“XX”" in client.get("/papers?q=XX").text
    # neither the number of another shop's ticket nor the name of a customer he is not shown
    assert "/t/AS-1" not in office.browser("cs-east").get("/papers?ticket=AS-1").text
    assert "/t/AS-1" not in office.browser("wh-he").get("/papers?q=王芳").text


def test_a_paper_is_taken_a_step_on_by_whoever_may(office: House) -> None:
    client = office.browser("inst-zhou")
    page = client.get("/papers?ticket=AS-1").text
    form = page.partition('action="/papers/AS-1/move"')[2].partition("</form>")[0]
    sent = {name: hidden(form, name) for name in ("csrf", "version", "command_id", "paper", "step", "visit")}
    assert (sent["paper"], sent["step"], sent["visit"]) == ("daily-report", "handed-in", "1")
    answer = client.post("/papers/AS-1/move", data={**sent, "note": "随单上交"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/papers?ticket=AS-1&done=move-paper#ticket")
    entry = office.desk.history("AS-1")[-1]
    assert (entry.fact.kind, entry.fact.note, entry.actor) == ("paper-moved", "随单上交", "inst-zhou")  # type: ignore[attr-defined]
    assert client.post("/papers/AS-1/move", data=sent | {"note": "随单上交"}).status_code in (303, 422)
    assert kinds(office, "AS-1").count("paper-moved") == 1


def test_a_step_that_is_not_ones_own_is_neither_offered_nor_taken(office: House) -> None:
    client = office.browser("cs-lin")
    assert "/papers/AS-1/move" not in client.get("/papers?ticket=AS-1").text
    answer = client.post("/papers/AS-1/move", data={"paper": "daily-report", "step": "handed-in", "visit": "1"})

    assert answer.status_code == 409
    assert 'class="note red' in answer.text
    assert "paper-moved" not in kinds(office, "AS-1")
    assert office.browser("cs-east").post("/papers/AS-1/move", data={}).status_code == 404


def test_what_waits_for_a_role_stands_on_its_page_of_tickets_it_sees(office: House) -> None:
    def owed(account: str) -> str:
        return office.browser(account).get("/papers").text.partition('id="owed-card"')[2].partition("</section>")[0]

    assert "/papers?ticket=AS-1#ticket" in owed("cs-lin")
    assert "售服信息反馈表" in owed("cs-lin")
    assert "AS-1" not in owed("cs-east")


# --- forms on paper


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("paper", list(PAPERS))
def test_every_form_of_a_ticket_is_a_page_without_anything_inline_and_with_its_code(office: House, paper: str, lang: str) -> None:
    answer = office.browser("cs-lin", **{"accept-language": lang}).get(f"/t/AS-1/papers/{paper}")
    page = answer.text

    assert answer.status_code == 200
    assert not re.search(r"<style|<script>|\sstyle=|\son\w+=", page)
    head = page.partition('<div class="number coded">')[2].partition("</header>")[0]
    drawn = segno.make("http://testserver/t/AS-1", error="m", micro=False).svg_inline(border=4, omitsize=True, light="#fff", svgclass="qr", lineclass=None)
    assert re.search(r'd="([^"]+)"', head.partition("#000")[2]) is not None
    assert re.findall(r' d="([^"]+)"', head) == re.findall(r' d="([^"]+)"', drawn)
    assert "AS-1</span>" in head
    assert page.count('class="code"') == 1
    assert page.index("print-bar") < page.index("<main>")


def test_behind_https_the_code_says_so() -> None:
    with house(secure=True) as office:
        office.report("SH/1")
        page = office.browser("cs-lin").get("/t/SH~1/papers/aftersales-form").text
        drawn = segno.make("https://testserver/t/SH~1", error="m", micro=False).svg_inline(border=4, omitsize=True)

        assert re.findall(r' d="(M[^"]+)"', page)[-1] == re.findall(r' d="(M[^"]+)"', drawn)[-1]


def test_people_are_called_by_their_names_on_paper(office: House) -> None:
    page = office.browser("cs-lin").get("/t/AS-1/papers/install-repair-slip").text

    assert cell(page, "上门人员") == "周师傅、李师傅"
    assert (cell(page, "客户"), cell(page, "电话"), cell(page, "地址")) == ("王芳", "13812345678", ADDRESS)


def test_who_sees_no_personal_data_prints_none_and_the_address_is_left_to_write(office: House) -> None:
    page = office.browser("wh-he").get("/t/AS-1/papers/leftover-sheet").text

    assert (cell(page, "客户"), cell(page, "电话"), cell(page, "地址")) == ("王*", "138****5678", "")
    assert '<span class="line"></span>' in page
    assert "您的角色看不到客户资料全文" in page
    for paper in PAPERS:
        told = office.browser("wh-he").get(f"/t/AS-1/papers/{paper}").text
        assert not [secret for secret in ("王芳", "13812345678", "文三路") if secret in told]


def test_a_form_with_its_head_only_leaves_the_rest_to_write(office: House) -> None:
    office.tell("confirm-arrival", "AS-1", "installer", "inst-zhou", address_confirmed=True, expected_at=office.clock.at)
    filled = office.browser("cs-lin").get("/t/AS-1/papers/sheet-feedback-slip?visit=1").text
    blank = office.browser("cs-lin").get("/t/AS-1/papers/sheet-feedback-slip?visit=1&blank=1").text

    assert cell(blank, "客户") == cell(filled, "客户") == "王芳"
    assert blank.count('class="line"') >= filled.count('class="line"')


@pytest.mark.parametrize(
    ("path", "status"),
    [("/t/AS-1/papers/none", 422), ("/t/AS-1/papers/install-repair-slip?visit=7", 422), ("/t/AS-9/papers/leftover-sheet", 404),
     ("/papers/blank/none", 404), ("/papers/registers/none?day=2026-11-26", 404), ("/papers/registers/roster?day=x", 422)],
)  # fmt: skip
def test_what_there_is_no_form_of_is_said_so(office: House, path: str, status: int) -> None:
    assert office.browser("csm-tang").get(path).status_code == status


def test_a_form_of_a_ticket_that_is_not_seen_is_not_there(office: House) -> None:
    assert office.browser("cs-east").get("/t/AS-1/papers/leftover-sheet").status_code == 404


@pytest.mark.parametrize("paper", list(PAPERS))
def test_an_empty_form_has_no_code_and_nobody_on_it(office: House, paper: str) -> None:
    page = office.browser("wh-he").get(f"/papers/blank/{paper}").text

    assert 'class="code"' not in page
    assert "王" not in page.partition("<main>")[2].replace("王力", "")


def test_the_style_of_the_forms_is_that_of_the_core_and_kept(office: House) -> None:
    page = office.browser("cs-lin").get("/papers/blank/leftover-sheet").text
    address = re.search(r'href="(/papers/style\.css[^"]+)"', page)
    assert address is not None
    answer = office.stranger().get(address[1])

    assert answer.text == STYLE
    assert "immutable" in answer.headers["cache-control"]


# --- registers


def test_a_day_is_printed_by_whoever_sees_its_rows_and_is_no_carrying_out(office: House) -> None:
    page = office.browser("cs-lin").get("/papers/registers/roster?day=2026-11-26").text
    keeper = office.browser("wh-he").get("/papers/registers/roster?day=2026-11-26").text

    assert "安装排班表" in page
    assert "周师傅\n李师傅" in page
    assert ADDRESS in page
    assert "13812345678" not in keeper
    assert "138****5678" in keeper
    assert carried(office) == []
    assert 'class="code"' not in page


def test_the_keepers_own_register_tells_what_came_in(office: House) -> None:
    page = office.browser("wh-he").get("/papers/registers/goods?day=2026-11-26").text

    assert "进出仓信息反馈表" in page
    assert "RK-1" in page
    assert "何仓管" in page


def test_a_month_is_carried_out_by_those_who_may_and_is_a_fact(office: House) -> None:
    assert office.browser("wh-he").get("/papers/registers/goods?month=2026-11").status_code == 403
    assert office.browser("cs-lin").get("/papers/registers/roster?month=2026-11").status_code == 403
    assert carried(office) == []

    assert office.browser("csm-tang").get("/papers/registers/goods?month=2026-11").status_code == 200
    assert carried(office) == [("goods", 1, "csm-tang")]


def test_pay_is_nobodys_days_work(office: House) -> None:
    assert office.browser("cs-lin").get("/papers/registers/commission?day=2026-11-26").status_code == 403
    assert "commission" not in office.browser("cs-lin").get("/papers").text


def test_a_register_as_a_file_has_every_column_and_is_a_fact(office: House) -> None:
    assert office.browser("cs-lin").get("/papers/registers/roster.csv?day=2026-11-26").status_code == 403
    answer = office.browser("mgr-fang").get("/papers/registers/roster.csv?month=2026-11")
    (row,) = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))

    assert answer.headers["content-disposition"] == 'attachment; filename="roster-2026-11-01-2026-11-30.csv"'
    assert (row["工单号"], row["客户"], row["状态"], row["地址"]) == ("AS-1", "王芳", "已派工", ADDRESS)
    assert carried(office) == [("roster", 1, "mgr-fang")]


def test_rows_of_another_shop_are_on_no_sheet(office: House) -> None:
    answer = office.browser("cs-east").get("/papers/registers/roster?day=2026-11-26")

    assert (answer.status_code, answer.headers["location"]) == (303, "/papers?day=2026-11-26&month=&none=roster#registers")
    assert "《安装排班表》在这段时间没有记录" in office.browser("cs-east").get(answer.headers["location"]).text


@pytest.mark.parametrize("name", [view.name for view in REGISTERS])
def test_every_register_is_offered_or_says_that_it_is_empty(office: House, name: str) -> None:
    client = office.browser("csm-tang")
    answer: Any = client.get(f"/papers/registers/{name}?month=2026-11")

    assert answer.status_code in (200, 303)
    assert f"/papers/registers/{name}?month=2026-11" in client.get("/papers").text
    assert client.get(f"/papers/registers/{name}.csv?month=2026-11").status_code == 200
