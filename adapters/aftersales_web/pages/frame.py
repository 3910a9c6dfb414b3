"""版式: the frame of all pages: templates, the reader's language and taste, and how moments, names and money are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from aftersales_core import masking, wording
from aftersales_core.rules import COMMANDS
from aftersales_core.rules.sight import in_full
from aftersales_core.wording import Lang
from aftersales_web.access.gate import Who
from aftersales_web.assets import Assets
from aftersales_web.office import Office
from aftersales_web.pages.asking import capital, yuan
from aftersales_web.pages.desk import as_path
from aftersales_web.pages.places import places_of
from aftersales_web.wording import said

TEMPLATES: Final = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Taste:
    """How somebody wants it: language, light or dark, how much on a page. Kept in cookies; nothing secret."""

    lang: Lang = "zh"
    theme: str = "auto"
    density: str = "cosy"


CHOICES: Final = {"lang": ("zh", "en"), "theme": ("auto", "light", "dark"), "density": ("cosy", "compact")}
"""Cookie → what it may say; the first is meant where it says nothing."""


def taste_of(request: Request) -> Taste:
    """What the cookies say; the language of a browser that has not said is that of its headers, Chinese if in doubt."""
    told = {name: request.cookies.get(name, "") for name in CHOICES}
    lang = told["lang"] if told["lang"] in CHOICES["lang"] else _accepted(request.headers.get("accept-language", ""))
    theme = told["theme"] if told["theme"] in CHOICES["theme"] else "auto"
    density = told["density"] if told["density"] in CHOICES["density"] else "cosy"
    return Taste(cast(Lang, lang), theme, density)


def _accepted(header: str) -> Lang:
    for each in header.lower().split(","):
        tongue = each.strip().partition(";")[0].partition("-")[0]
        if tongue in ("zh", "en"):
            return cast(Lang, tongue)
    return "zh"


def lang_of(request: Request) -> Lang:
    """The reader's language."""
    return taste_of(request).lang


class Frame:
    """Renders the templates of an office."""

    def __init__(self, office: Office, assets: Assets) -> None:
        self._office = office
        self._env = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            auto_reload=False,
        )  # fmt: skip
        icons = assets.url("vendor/icons.svg")
        self._env.globals |= {
            "asset": assets.url,
            "icon": lambda name: Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(icons, name),
            "t": _t,
            "word": _word,
            "role": self._role,
            "titled": self._titled,
        }
        self._env.filters |= {
            "moment": self._moment, "day": self._day, "age": self._age, "span": _span, "exact": _exact, "money": _money,
            "shown": self._shown, "path": as_path, "person": self._person,
        }  # fmt: skip

    def page(
        self, request: Request, template: str, who: Who | None = None, /, status: int = 200,
        headers: Mapping[str, str] | None = None, **told: Any,
    ) -> HTMLResponse:  # fmt: skip
        """A page, or a part of one, made of *template* with what is *told* it."""
        return HTMLResponse(self.text(request, template, who, **told), status, headers)

    def text(self, request: Request, template: str, who: Who | None = None, /, **told: Any) -> str:
        """The same as text."""
        taste = taste_of(request)
        session = who.session if who is not None else None
        return self._env.get_template(template).render({
            "taste": taste,
            "lang": taste.lang,
            "who": who,
            "full": who is not None and in_full(who.viewer, self._office.desk.playbook),
            "csrf": session.csrf if session is not None else "",
            "path": request.url.path,
            "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "now": self._office.now(),
            "demo": self._office.settings.demo,
            "nav": places_of(who, self._office.desk.playbook, request.url.path),
            "partial": "hx-request" in request.headers,
            "flash": _flash(request.query_params.get("done", ""), taste.lang),
            **told,
        })  # fmt: skip

    # --- how things are shown

    @pass_context
    def _role(self, context: Context, role: str) -> str:
        return self._titled(context, "role", role)

    @pass_context
    def _titled(self, context: Context, vocabulary: str, key: str) -> str:
        """What the house calls a thing of its own, e.g. a task of a series; else the word of the trade."""
        title = self._office.desk.playbook.titles.get(f"{vocabulary}:{key}")
        return str(getattr(title, _lang(context))) if title is not None else _word(context, vocabulary, key)

    def _person(self, actor: str) -> str:
        """What people call somebody, his id where nobody told."""
        return self._office.accounts.names().get(actor, actor)

    @pass_context
    def _moment(self, context: Context, moment: datetime | None, short: bool = False) -> Markup | str:
        """`11-22 周日 17:45` with the exact moment in a `time` element; the year where it is another one."""
        if moment is None:
            return "—"
        at, today = moment.astimezone(self._office.zone), context["now"].astimezone(self._office.zone)
        clock = f"{at:%H:%M}"
        if at.date() == today.date():
            told = clock if short else f"{said('today', _lang(context))} {clock}"
        elif at.year == today.year:
            told = f"{at:%m-%d} {clock}" if short else f"{at:%m-%d} {_weekday(at.date(), _lang(context))} {clock}"
        else:
            told = f"{at:%Y-%m-%d} {clock}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), at.isoformat(timespec="seconds"), told)

    @pass_context
    def _day(self, context: Context, day: date | None) -> str:
        """`11-22 周日`, the year where it is another one."""
        if day is None:
            return "—"
        told = f"{day:%m-%d}" if day.year == context["now"].astimezone(self._office.zone).year else f"{day:%Y-%m-%d}"
        return f"{told} {_weekday(day, _lang(context))}"

    @pass_context
    def _age(self, context: Context, moment: datetime | None) -> str:
        """How long ago, or how long until: `3 小时前`, `还有 2 天`."""
        if moment is None:
            return "—"
        lang, gone = _lang(context), context["now"] - moment
        told = _duration(abs(gone), lang)
        return said("ago" if gone >= timedelta(0) else "until", lang, span=told)

    @pass_context
    def _shown(self, context: Context, value: str | None, kind: str) -> str:
        """Personal data as this reader may see it: `row.phone|shown("phone")`, of kind phone, customer or address."""
        if value is None or value == "":
            return "—"
        if context["full"]:
            return value
        return str(getattr(masking, kind)(value))


def _flash(command: str, lang: Lang) -> str:
    """What is said after a command was recorded and its page came back; an address can name commands only."""
    if command not in COMMANDS:
        return ""
    told = wording.word("command", command, lang)
    return said("done", lang, command=capital(told) if lang == "en" else told)


def _lang(context: Context) -> Lang:
    return cast(Lang, context["lang"])


@pass_context
def _t(context: Context, code: str, /, **facts: Any) -> str:
    return said(code, _lang(context), **facts)


@pass_context
def _word(context: Context, vocabulary: str, key: object) -> str:
    lang = _lang(context)
    told = wording.word(vocabulary, key, lang)
    # in English the core calls commands and fields by their ids, which are words
    return capital(told) if lang == "en" and vocabulary in ("command", "field") else told


def _weekday(day: date, lang: Lang) -> str:
    return said("weekdays", lang).split(" ")[day.weekday()]


def _duration(span: timedelta, lang: Lang) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return said("a-moment", lang)
    if minutes < 60:
        return said("minutes", lang, n=minutes)
    if minutes < 48 * 60:
        return said("hours", lang, n=minutes // 60)
    return said("days", lang, n=minutes // (24 * 60))


@pass_context
def _span(context: Context, span: timedelta | None) -> str:
    """A length of time in the largest unit that says enough."""
    return "—" if span is None else _duration(abs(span), _lang(context))


def _exact(moment: datetime | None) -> str:
    return "—" if moment is None else moment.isoformat(timespec="seconds")


def _money(fen: int | None) -> str:
    """分 as yuan: `¥12.50`."""
    return "—" if fen is None else f"¥{yuan(fen)}"


def frame_of(request: Request) -> Frame:
    """The frame of the office a request came to."""
    return cast(Frame, request.app.state.frame)


__all__ = ["CHOICES", "Frame", "Taste", "frame_of", "lang_of", "taste_of"]
