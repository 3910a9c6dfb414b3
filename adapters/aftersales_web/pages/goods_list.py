"""发货清单: a factory's list of shipments read, and its rows matched to the lines that wait for goods. (G-02, G-03)

Pure functions: what cannot be read is left out and told, and what is matched says why and how surely. A number that both sides
have outweighs everything; without one, an item, a quantity and a customer together can only make a guess.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from hashlib import sha256
from io import StringIO
from typing import Final, NamedTuple
from unicodedata import normalize

LONGEST: Final = 300
"""Rows that are matched at once."""

WIDEST: Final = 4000
"""Signs of a row that are read."""

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "order": ("工厂单号", "订单号", "订单编号", "单号", "生产单号", "合同号", "factoryorder", "order", "orderno"),
    "sheet": ("处理单号", "处理单", "遗留单号", "sheet", "sheetno"),
    "ticket": ("工单号", "工单", "售后单号", "ticket", "ticketno"),
    "item": ("品名", "物料", "物料名称", "产品", "产品名称", "名称", "货物", "货品", "规格", "item", "name", "goods", "product"),
    "qty": ("数量", "件数", "发货数量", "发货数", "qty", "quantity", "pieces", "count"),
    "customer": ("客户", "客户姓名", "客户名称", "收货人", "customer", "consignee"),
    "waybill": ("运单号", "运单", "物流单号", "快递单号", "waybill", "tracking", "trackingno"),
}
"""Column → what it may be called, in small letters without blanks."""

NUMBERS: Final = ("order", "sheet", "ticket")
SEPARATORS: Final = ("\t", ",", "，", ";", "；", "|")


class Row(NamedTuple):
    """A row of the list. *nr* counts from 1, without the heads; *qty* is 1 where the list says none."""

    nr: int
    item: str = ""
    qty: int = 1
    order: str = ""
    sheet: str = ""
    ticket: str = ""
    customer: str = ""
    waybill: str = ""


class Open(NamedTuple):
    """A line that waits for goods.

    Attributes:
        qty: pieces still owed.
        shipped: known to be on its way already.
        due: promised for today or before.
    """

    ticket: str
    line: str
    item: str
    qty: int
    order: str = ""
    sheet: str = ""
    customer: str = ""
    shipped: bool = False
    due: bool = False

    @property
    def key(self) -> str:
        """`SH1|L1-2`; no number has a bar."""
        return f"{self.ticket}|{self.line}"


class Fit(NamedTuple):
    """A line that a row may be about: how surely (certain, likely, possible) and why, as words of `wording`."""

    line: Open
    sure: str
    why: tuple[str, ...]
    score: int


class Match(NamedTuple):
    """A row with the line it is about, where one was found, and others it might be about."""

    row: Row
    fit: Fit | None = None
    others: tuple[Fit, ...] = ()


class Matched(NamedTuple):
    """A list compared: every row in its order, and the lines that were due and stand in none."""

    rows: tuple[Match, ...]
    missing: tuple[Open, ...]

    @property
    def found(self) -> tuple[Match, ...]:
        return tuple(each for each in self.rows if each.fit is not None)

    @property
    def unmatched(self) -> tuple[Match, ...]:
        return tuple(each for each in self.rows if each.fit is None)


# --- reading


def read(text: str) -> tuple[Row, ...]:
    """The rows of a list: columns by their heads, else by what stands in them; lines without an item or a number are none.

    Any text can be read; of most nothing comes.
    """
    plain = normalize("NFKC", text.lstrip("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line[:WIDEST] for line in plain.split("\n") if line.strip()]
    if not lines:
        return ()
    cells = [[cell.strip() for cell in row] for row in _split(lines)]
    heads = _heads(cells[0])
    body = cells[1:] if heads else cells
    columns = heads or _guessed(body)
    found = (_row(row, columns) for row in body)
    told = [row for row in found if row.item or any(getattr(row, name) for name in NUMBERS)]
    return tuple(row._replace(nr=at) for at, row in enumerate(told, 1))


def written(rows: Sequence[Row]) -> str:
    """Rows as text that `read` makes the same rows of."""
    out = StringIO(newline="")
    pen = csv.writer(out, delimiter="\t", lineterminator="\n")
    names = Row._fields[1:]
    pen.writerow([HEADS[name][-1] for name in names])
    pen.writerows([str(getattr(row, name)) for name in names] for row in rows)
    return out.getvalue()


def _split(lines: Sequence[str]) -> list[list[str]]:
    """Lines as cells, by the separator that most of them have; by blanks where none has any."""
    plain = [normalize("NFKC", each) for each in SEPARATORS]
    best = max(dict.fromkeys(plain), key=lambda sign: sum(sign in line for line in lines))
    if not any(best in line for line in lines):
        return [re.split(r"\s{2,}|\s(?=[0-9]+\s*$)", line.strip()) for line in lines]
    # quotes of a spreadsheet are understood; a quote that nobody closes stays within its line
    return [next(csv.reader([line.replace("\0", " ")], delimiter=best), []) for line in lines]


def _heads(cells: Sequence[str]) -> dict[str, int]:
    """Column → place, where the first row names them: at least an item or a number, and one thing more."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        plain = re.sub(r"[\s_.:()-]+", "", cell).lower()
        name = next((name for name, called in HEADS.items() if plain in called and name not in found), None)
        if name is not None:
            found[name] = at
    return found if len(found) >= 2 or (len(cells) == 1 and found) else {}


_NUMBER: Final = re.compile(r"(?i)^(?=.*[0-9])[a-z0-9][a-z0-9/_.-]{4,}$")
_PIECES: Final = re.compile(r"^[x×*]?\s*([0-9]{1,4})\s*(?:件|个|套|块|片|根|只|扇|米|pcs?|ea)?$", re.IGNORECASE)


def _guessed(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Column → place, by what stands in them: pieces are a small number, numbers are letters with digits, items are words."""
    width = max((len(row) for row in rows), default=0)
    columns = [[row[at] for row in rows if at < len(row) and row[at]] for at in range(width)]

    def share(at: int, pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.match(cell)) for cell in columns[at]) / len(columns[at]) if columns[at] else 0.0

    found: dict[str, int] = {}
    pieces = [at for at in range(width) if share(at, _PIECES) > 0.6]
    if pieces:
        found["qty"] = pieces[-1]
    numbers = [at for at in range(width) if at not in found.values() and share(at, _NUMBER) > 0.6]
    found |= dict(zip(("order", "sheet"), numbers, strict=False))
    words = [at for at in range(width) if at not in found.values() and columns[at]]
    if words:
        # what an item is called is longer than what a customer is
        longest = max(words, key=lambda at: sum(map(len, columns[at])) / len(columns[at]))
        found["item"] = longest
        if rest := [at for at in words if at != longest]:
            found["customer"] = rest[0]
    return found


def _row(cells: Sequence[str], columns: Mapping[str, int]) -> Row:
    told = {name: cells[at] for name, at in columns.items() if at < len(cells)}
    pieces = _PIECES.match(told.pop("qty", ""))
    qty = int(pieces[1]) if pieces else 1
    return Row(0, qty=max(1, qty), **{name: " ".join(value.split())[:200].strip() for name, value in told.items()})


def digest(rows: Sequence[Row]) -> str:
    """What a list is known by: the same rows in the same order are the same list, however they were separated."""
    told = "\n".join("\t".join(map(str, row)) for row in rows)
    return sha256(told.encode("utf-8", "replace")).hexdigest()[:24]


def command_id(rows: Sequence[Row], nr: int, what: str) -> str:
    """The id of the command that says *what* of row *nr*: pasted again, the list says the same again, and nothing is recorded."""
    return f"list-{digest(rows)}-{nr}-{what}"


# --- matching


def matched(rows: Sequence[Row], lines: Iterable[Open], *, taken: Mapping[int, str] | None = None) -> Matched:
    """Every row with the line it is most likely about; no line is given to two rows.

    The surest pairs are made first, so the order of the list changes nothing but who comes first among equals.

    Args:
        taken: row → key of the line that was recorded for it before; neither is matched again.
    """
    settled = taken or {}
    held = set(settled.values())
    left = {line.key: line for line in lines}
    free = [line for key, line in left.items() if key not in held]
    fits = {row.nr: _fits(row, free) for row in rows if row.nr not in settled}
    pairs = sorted(
        ((fit, row) for row in rows for fit in fits.get(row.nr, ())),
        key=lambda pair: (-pair[0].score, pair[0].line.shipped, abs(pair[0].line.qty - pair[1].qty), pair[1].nr, pair[0].line.key),
    )  # fmt: skip
    chosen: dict[int, Fit] = {}
    used = set(held)
    for fit, row in pairs:
        if row.nr not in chosen and fit.line.key not in used:
            chosen[row.nr] = fit
            used.add(fit.line.key)
    found = []
    for row in rows:
        if row.nr in settled:
            known = left.get(settled[row.nr])
            found.append(Match(row, Fit(known, "certain", (), 0) if known else None))
            continue
        best = chosen.get(row.nr)
        others = tuple(each for each in fits[row.nr] if each.line.key not in used)[:5]
        found.append(Match(row, _weighed(best, fits[row.nr]) if best else None, others))
    missing = tuple(line for key, line in sorted(left.items()) if line.due and not line.shipped and key not in used)
    return Matched(tuple(found), missing)


def _weighed(fit: Fit, rivals: Sequence[Fit]) -> Fit:
    """*fit*, less sure where another ticket fits as well: two that are equal are a guess, but lines of one order are alike."""
    equal = any(other.score == fit.score and other.line.ticket != fit.line.ticket for other in rivals)
    return fit._replace(sure="possible") if equal and fit.sure != "possible" else fit


def _fits(row: Row, lines: Sequence[Open]) -> list[Fit]:
    """The lines a row may be about, the best first."""
    found = [fit for line in lines if (fit := _fit(row, line)) is not None]
    of_number = [fit for fit in found if _numbered(fit)]
    # a number that fits rules out what has it not
    kept = of_number or found
    named = {fit.line.key for fit in of_number}
    if len(named) == 1:
        (only,) = of_number
        kept = [only._replace(sure="certain" if only.sure == "certain" else "likely", why=(*only.why, "only"))]
    return sorted(kept, key=lambda fit: (-fit.score, fit.line.key))


def _numbered(fit: Fit) -> bool:
    return any(each in NUMBERS for each in fit.why)


def _fit(row: Row, line: Open) -> Fit | None:
    """Whether and why *row* may be about *line*."""
    why: list[str] = []
    for name in NUMBERS:
        # a factory writes any number of ours into its one column for numbers
        told = {_plain(getattr(row, each)) for each in NUMBERS} - {""}
        if (ours := _plain(getattr(line, name))) and ours in told:
            why.append(name)
    like = alike(row.item, line.item)
    if like >= 1:
        why.append("item")
    elif like >= 0.6:
        why.append("like")
    if row.qty == line.qty:
        why.append("qty")
    elif row.qty < line.qty:
        why.append("less")
    if row.customer and _plain(row.customer) == _plain(line.customer):
        why.append("customer")
    number = any(each in NUMBERS for each in why)
    if any(_plain(getattr(row, name)) for name in ("ticket", "order")) and not number:
        return None  # it names another order
    if row.qty > line.qty:
        return None if not number else _made(line, "possible", why, 40)
    if number and "item" in why:
        return _made(line, "certain", why, 100 if "qty" in why else 95)
    if number and ("like" in why or not row.item):
        return _made(line, "likely", why, 80 if "qty" in why else 70)
    if number:
        return _made(line, "possible", why, 30)
    if "item" in why and "customer" in why:
        return _made(line, "likely", why, 75 if "qty" in why else 65)
    if "item" in why and "qty" in why:
        return _made(line, "possible", why, 50)
    return None


def _made(line: Open, sure: str, why: Sequence[str], score: int) -> Fit:
    return Fit(line, sure, tuple(why), score)


def alike(one: str, other: str) -> float:
    """How alike two names of things are, 0 to 1; 1 only where they are the same but for blanks, case and width of signs."""
    left, right = _plain(one), _plain(other)
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    sizes = [re.findall(r"[0-9]+", each) for each in (left, right)]
    if all(sizes) and sizes[0] != sizes[1]:
        return 0.3  # another size is another thing
    if left in right or right in left:
        return 0.9
    return min(0.95, SequenceMatcher(None, left, right).ratio())


def _plain(text: str) -> str:
    return re.sub(r"[\s\-_/·.]+", "", normalize("NFKC", text)).casefold().replace("×", "x").replace("*", "x")


