"""单据、附件、自定义栏目、告知、跟进: what is kept beside the work itself."""

from __future__ import annotations

from aftersales_core.facts import LogFact, fields, files, followups, goods, notices, papers
from aftersales_core.moves import PAPER
from aftersales_core.state.folds._parts import Told as Telling
from aftersales_core.state.ticket import File, Filled, FollowUp, PaperLife, Taken, Ticket, Told


def part(visit: int | None, leftover: int | None) -> str:
    """The part of a ticket as its papers, files and fields name it: `visit:1`, `leftover:2`, empty for the ticket."""
    if visit is not None:
        return f"visit:{visit}"
    return "" if leftover is None else f"leftover:{leftover}"


def paper_moved(t: Ticket, f: papers.PaperMoved, e: Telling) -> None:
    ref = part(f.visit, f.leftover)
    old = t.find_paper(f.paper, ref) or PaperLife(f.paper, ref)
    state = PAPER.land(old.state, f.kind, lambda name: name == f.step)
    new = PaperLife(f.paper, ref, state, (*old.steps, Taken(f.step, e.occurred_at, e.actor, f.no)))
    t.papers = (*(life for life in t.papers if life is not old), new)


def file_attached(t: Ticket, f: files.FileAttached, e: Telling) -> None:
    t.files = (*t.files, File(f.digest, f.purpose, part(f.visit, f.leftover), f.check, f.file_name, f.media_type))


def fields_filled(t: Ticket, f: fields.FieldsFilled, e: Telling) -> None:
    ref = part(f.visit, f.leftover)
    new = {each.field: each.content for each in f.fields}
    kept = tuple(each for each in t.custom if each.ref != ref or each.field not in new)
    t.custom = (*kept, *(Filled(ref, name, content) for name, content in new.items() if content is not None))


def notice_given(t: Ticket, f: notices.NoticeGiven, e: Telling) -> None:
    t.told = (*t.told, Told(f.notice, f.ref or "", f.to, e.occurred_at, f.means, f.text))


def followed_up(t: Ticket, f: followups.FollowedUp, e: Telling) -> None:
    ref = "" if f.about is None else str(f.about)
    t.follow_ups = (*t.follow_ups, FollowUp(
        f.occasion, e.occurred_at, ref, f.solved, f.customer_file, f.satisfaction, f.remark))  # fmt: skip


def not_of_a_ticket(t: Ticket, f: LogFact, e: Telling) -> None:
    """Something of a log of the house that somebody wrote into a ticket: passed over, and told by `verify`."""


def old_goods_returned(t: Ticket, f: goods.OldGoodsReturned, e: Telling) -> None:
    t.returned = (*t.returned, (f.item, f.qty))
