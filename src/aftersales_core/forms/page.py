"""打印: forms as one page of HTML for A4 paper. Nothing runs and everything told is escaped; a page that stands alone fetches
nothing, one that a server hands out may be dressed: with linked styles, a bar above the forms, a mark in their heads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from aftersales_core import wording
from aftersales_core.forms.model import (
    Block,
    Cell,
    Fields,
    Form,
    Note,
    Said,
    Signature,
    Signatures,
    Table,
    pick,
)

UNITS: Final = 24
"""Columns a row of places is laid out on; 24 is divided by one, two and three places."""

LABEL: Final = {False: 3, True: 2}
"""Columns of a label, on a sheet that stands and on one that lies."""

STYLE: Final = """
@page{size:A4 portrait;margin:13mm 15mm 14mm;@bottom-right{content:counter(page) " / " counter(pages);font-size:7.5pt;color:#555}}
@page wide{size:A4 landscape;margin:12mm 13mm 13mm;@bottom-right{content:counter(page) " / " counter(pages);font-size:7.5pt;color:#555}}
*{box-sizing:border-box}
html{--ink:#161616;--rule:#2b2b2b;--hair:#b4b4b4;--tint:#f3f2ee;--dim:#5a5a5a}
body{margin:0;color:var(--ink);font:10.5pt/1.4 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC","Hiragino Sans GB","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif;font-variant-numeric:tabular-nums}
.form{break-after:page}.form:last-child{break-after:auto}.wide{page:wide}
header{display:grid;grid-template-columns:1fr auto 1fr;align-items:end;gap:6mm;margin-bottom:4mm}
h1{margin:0;font:700 18pt/1.25 "Noto Serif CJK SC","Source Han Serif SC","Songti SC","STSong","SimSun",serif;letter-spacing:.28em;margin-right:-.28em;text-align:center}
h1 small{display:block;font:9pt/1.4 "Noto Sans CJK SC","Source Han Sans SC","PingFang SC",sans-serif;letter-spacing:0;margin-right:.28em;color:var(--dim)}
.house,.number{font-size:9pt;color:var(--dim)}.number{text-align:right}.number b{color:var(--ink);font-weight:600}
h2{margin:3.4mm 0 1.4mm;font-size:10.5pt;font-weight:600;line-height:1.3;break-after:avoid}
table{width:100%;table-layout:fixed;border-collapse:separate;border-spacing:0}
thead{display:table-header-group}tr{break-inside:avoid}
th,td{border:solid var(--hair);border-width:0 1px 1px 0;padding:1mm 2mm;vertical-align:middle;text-align:left;font-weight:400;overflow-wrap:anywhere;unicode-bidi:isolate;white-space:pre-line}
th{background:var(--tint);font-size:9pt;color:#333;-webkit-print-color-adjust:exact;print-color-adjust:exact}
tr>:first-child{border-left:1px solid var(--rule)}tr>:last-child{border-right-color:var(--rule)}
.places tr:first-child>*,.rows thead th{border-top:1px solid var(--rule)}tbody tr:last-child>*{border-bottom-color:var(--rule)}
.places th,.places td{height:8.7mm}.places th:lang(zh){text-align-last:justify}
.rows{font-size:9pt}.rows th{text-align:center;line-height:1.25;padding:1.2mm .8mm}.rows td{padding:1mm 1.2mm;height:7.8mm}
.rows .mid{text-align:center}.places+.rows{margin-top:-1px}
.line{display:block;height:8mm;border-bottom:1px dotted var(--hair)}.line:last-child{border-bottom:0}.line:only-child{height:6mm;border-bottom:1px dotted var(--hair)}
.option{display:inline-block;white-space:nowrap;margin-right:6mm}
.box{display:inline-block;position:relative;width:.92em;height:.92em;border:1px solid var(--rule);margin-right:.4em;vertical-align:-.08em}
.on::after{content:"";position:absolute;left:.26em;top:.02em;width:.24em;height:.52em;border:solid var(--ink);border-width:0 .13em .13em 0;transform:rotate(40deg)}
.signatures{display:flex;gap:4mm;margin-top:4mm;break-inside:avoid}
.signatures>div{flex:1;max-width:50%;min-height:21mm;border:1px solid var(--hair);padding:1.4mm 2mm;display:flex;flex-direction:column;justify-content:space-between;font-size:9pt;color:#333}
.signatures b{font-weight:400;font-size:10.5pt;color:var(--ink);text-align:center;min-height:6mm}.signatures i{font-style:normal;color:var(--dim)}
.note{margin:2.4mm 0 0;font-size:9pt;color:var(--dim)}
footer{margin-top:2mm;font-size:7.5pt;color:var(--dim)}
@media screen{body{background:#e4e2dc;padding:8mm 0}.form{width:210mm;min-height:297mm;margin:0 auto 8mm;padding:13mm 15mm;background:#fff;box-shadow:0 1px 6px rgba(0,0,0,.22)}.wide{width:297mm;min-height:210mm}}
"""
"""One scale of type, the sizes Chinese print has names for: 小二 18, 五号 10.5, 小五 9, 六号 7.5 points."""

MID: Final = {
    "nr", "line", "qty", "arrived", "drawn", "needs_goods", "settled", "complete", "rating", "visit", "call_class",
    "satisfaction", "leftovers_checked", "registered", "shared", "matter", "uploaded", "own_sheet", "party", "state",
    "daily_report", "written", "move", "counts", "days", "handed_in", "scored",
}  # fmt: skip
"""Columns of one word or one number stand in the middle."""

MIDDLE: Final = ' class="mid"'


class Dress(NamedTuple):
    """What a page has that a server hands out.

    Attributes:
        styles: addresses of styles to link, `STYLE` among them; nothing of style then stands in the page itself, so that a
            policy against what is inline has nothing to forbid.
        head: markup for the end of `<head>`, and *bar*: markup before the forms. Both stand in the page as they are.
        corner: form → markup for the right of its header, beside its number and in place of the ticket's; as it is, too.
            Empty for a form that has none.
    """

    styles: tuple[str, ...]
    head: str = ""
    bar: str = ""
    corner: Callable[[Form], str] = lambda _form: ""


def html(forms: Iterable[Form], lang: str = "zh", dress: Dress | None = None) -> str:
    """A whole HTML document that prints *forms*, each on a new sheet; labels in *lang*, titles in Chinese always.

    Args:
        dress: for a page of a server; without it the document stands alone.
    """
    drawn = list(forms)
    title = "、".join(dict.fromkeys(form.title.zh for form in drawn))
    pages = "\n".join(page for form in drawn for page in _form(form, lang, dress))
    tag = "zh-CN" if lang == "zh" else "en"
    style, bar = f"<style>{STYLE}</style>", ""
    if dress is not None:
        style = "\n".join(f'<link rel="stylesheet" href="{_text(address)}">' for address in dress.styles) + dress.head
        bar, pages = dress.bar + "\n", f"<main>\n{pages}\n</main>"
    return (
        f'<!DOCTYPE html>\n<html lang="{tag}">\n<head>\n<meta charset="utf-8">\n<title>{_text(title)}</title>\n'
        f"{style}\n</head>\n<body>\n{bar}{pages}\n</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(text, quote=True)


def _form(form: Form, lang: str, dress: Dress | None) -> Iterator[str]:
    subtitle = "" if lang == "zh" else f'<small lang="en">{_text(form.title.en)}</small>'
    shape = "form wide" if form.wide else "form"
    yield f'<section class="{shape}">'
    corner = dress.corner(form) if dress is not None else ""
    numbers = [f"№ <b>{_text(form.number)}</b>"] if form.number else []
    numbers += [_text(form.ticket)] if form.ticket and not corner else []
    told = "<br>".join(numbers)
    # a cell of its own keeps a mark away from whatever stands beside and below it
    number = f'<div class="number coded"><span>{told}</span>{corner}</div>' if corner else f'<div class="number">{told}</div>'
    yield (
        f'<header><div class="house">{_text(pick(form.house, lang))}</div><h1 lang="zh-CN">{_text(form.title.zh)}{subtitle}</h1>'
        f"{number}</header>"
    )
    for block in form.blocks:
        yield from _block(block, lang, LABEL[form.wide], dress is not None)
    yield f"<footer>{_text(form.title.zh)} · {_text(form.edition)}</footer>"
    yield "</section>"


def _block(block: Block, lang: str, label: int, dressed: bool) -> Iterator[str]:
    title = getattr(block, "title", None)
    if title is not None:
        yield f"<h2>{_text(pick(title, lang))}</h2>"
    match block:
        case Fields():
            yield '<table class="places">' + f"<colgroup>{'<col>' * UNITS}</colgroup><tbody>"
            yield from (f"<tr>{''.join(_cells(row, lang, label))}</tr>" for row in block.rows)
            yield "</tbody></table>"
        case Table():
            yield from _table(block, lang, dressed)
        case Signatures():
            yield f'<div class="signatures">{"".join(_signature(place, lang) for place in block.places)}</div>'
        case Note():
            yield f'<p class="note">{_text(pick(block.text, lang))}</p>'


def _cells(row: Sequence[Cell], lang: str, label: int) -> Iterator[str]:
    span = UNITS // len(row) - label
    for cell in row:
        said = _text(pick(cell.label, lang))
        yield f'<th scope="row" colspan="{label}">{said}</th><td colspan="{span}">{_content(cell, lang)}</td>'


def _content(cell: Cell, lang: str) -> str:
    if cell.options:
        return "".join(_option(said, ticked, lang) for said, ticked in cell.options)
    return _value(cell.value, lang) if cell.value is not None else '<span class="line"></span>' * cell.lines


def _option(said: Said, ticked: bool, lang: str) -> str:
    mark = '<span class="box on" role="img" aria-label="✓"></span>' if ticked else '<span class="box"></span>'
    return f'<span class="option">{mark}{_text(pick(said, lang))}</span>'


def _value(value: Said | None, lang: str) -> str:
    return "" if value is None else _text(pick(value, lang))


def _table(table: Table, lang: str, dressed: bool) -> Iterator[str]:
    whole = sum(column.width for column in table.columns)
    # the old attribute says the same as a style, and no policy forbids it
    share = '<col width="{:.2f}%">' if dressed else '<col style="width:{:.2f}%">'
    shares = "".join(share.format(100 * column.width / whole) for column in table.columns)
    heads = "".join(f'<th scope="col">{_text(pick(column.label, lang))}</th>' for column in table.columns)
    yield f'<table class="rows"><colgroup>{shares}</colgroup><thead><tr>{heads}</tr></thead><tbody>'
    empty = (None,) * len(table.columns)
    for row in (*table.rows, *(empty,) * table.room):
        cells = (
            f"<td{MIDDLE if column.key in MID else ''}>{_value(value, lang)}</td>"
            for column, value in zip(table.columns, row, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _signature(place: Signature, lang: str) -> str:
    on = _text(wording.word("label", "date", "zh" if lang == "zh" else "en"))
    signed = f"<b>{_value(place.by, lang)}</b><i>{on} {_value(place.on, lang)}</i>"
    return f"<div><span>{_text(pick(place.label, lang))}</span>{signed}</div>"
