"""遮蔽: personal data with the telling part taken out: telephone numbers, and for `personal` names and addresses too.

Everything is decided by the name of a field or by the shape of a text. The quick way of the command line imports this
before anything else, so nothing is imported here, not even `__future__`, and hints stand in quotes.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STAR = "*"
HIDDEN = "***"
"""What stands for the rest of an address, however long it was."""

CUSTOMERS = frozenset({"customer", "agreed_with", "signed_by"})
"""Fields that name a customer: of the ticket, and as the one who agreed to a time or signed for the work."""

OLD_AND_NEW = frozenset({"old", "new", "value", "content"})
"""Where a change keeps what stood in the field that it names, a refusal what was said, a field of the house what is in it."""

_NUMERALS = "零〇一二三四五六七八九十百两"
_PARTS = ("号", "弄", "栋", "幢", "座", "单元", "室", "楼", "层", "户")
"""What a number in an address is the number of."""


def phone(number: str) -> str:
    """`138****2211` of `13800002211`; a short number keeps its ends only."""
    if len(number) <= 4:
        return "*" * len(number)
    head, tail = (3, 4) if len(number) >= 10 else (1, 2)
    return number[:head] + "*" * (len(number) - head - tail) + number[-tail:]


def text(said: str) -> str:
    """*said* with every Chinese mobile number in it masked; digits within ids and digests are left alone."""
    if not any(mark in said for mark in ("13", "14", "15", "16", "17", "18", "19")):
        return said
    out, at = [], 0
    while at < len(said):
        if not _digit(said[at]):
            out.append(said[at])
            at += 1
            continue
        end = at
        while end < len(said) and _digit(said[end]):
            end += 1
        run = said[at:end]
        alone = (at == 0 or not _wordly(said[at - 1])) and (end == len(said) or not _wordly(said[end]))
        mobile = len(run) == 11 and run[0] == "1" and run[1] in "3456789"
        out.append(phone(run) if alone and mobile else run)
        at = end
    return "".join(out)


def _digit(char: str) -> bool:
    return "0" <= char <= "9"


def _wordly(char: str) -> bool:
    return "a" <= char <= "z" or "A" <= char <= "Z" or char == "_"


def everything(value: "Any", name: str = "") -> "Any":
    """A JSON value with all its telephone numbers masked: fields called `phone`, and mobiles in any text."""
    if isinstance(value, str):
        return phone(value) if name == "phone" else text(value)
    if isinstance(value, dict):
        about_phone = value.get("field") == "phone" or str(value.get("path", "")).endswith("phone")
        return {
            key: everything(item, "phone" if about_phone and key in ("old", "new", "value") else key)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [everything(item, name) for item in value]
    return value


# --- names, addresses and numbers, for those to whom personal data is masked


def customer(name: str) -> str:
    """`王*` of 王芳, `A*** S****` of Anna Smith: of every word the first sign."""
    return " ".join(word[:1] + STAR * (len(word) - 1) if len(word) > 1 else STAR for word in name.split())


def address(place: str) -> str:
    """`文三路 ***` of 文三路 90 号 3 幢 502: the street, without the number of the house and what follows.

    An address that begins with its number, as English ones do, keeps the street behind it: `*** Baker Street, Flat ***`.
    """
    if not (said := place.strip()):
        return place
    behind = _number(said, 0)
    rest = said[behind:]
    if behind and rest.lstrip().startswith(_PARTS):
        return HIDDEN
    cut = next((at for at in range(len(rest)) if _number(rest, at) > at), None)
    return (HIDDEN if behind else "") + (rest if cut is None else rest[:cut] + HIDDEN)


def _number(place: str, at: int) -> int:
    """Where the number of a house that begins at *at* ends; *at* where none begins there."""
    end = at
    while end < len(place) and place[end].isdigit():
        end += 1
    if end > at:
        while end < len(place) and (place[end].isdigit() or _wordly(place[end])):
            end += 1
        return end
    if at < len(place) and _wordly(place[at]) and (at == 0 or not _wordly(place[at - 1])):
        # `B座`, but no word of letters
        return at + 1 if place.startswith(_PARTS, at + 1) else at
    while end < len(place) and place[end] in _NUMERALS:
        end += 1
    # 文三路 has a numeral too, but what it numbers is a street
    return end if end > at and place.startswith(_PARTS, end) else at


def numbers(said: str) -> str:
    """*said* with every telephone number in it masked: Chinese mobiles as `text` finds them, and also with blanks or hyphens
    between the digits, with the code of the country, in full-width digits; and numbers with a code of the area."""
    out, at = [], 0
    while at < len(said):
        if not (said[at].isdecimal() or said[at] == "+"):
            out.append(said[at])
            at += 1
            continue
        end, hidden = _group(said, at), False
        first = end
        if at == 0 or not _wordly(said[at - 1]):
            hidden = _telephone(said, at, end)
            while not hidden and _goes_on(said, end) and end - at < LONGEST:
                end = _group(said, end + 1)
                hidden = _telephone(said, at, end)
        out.append(phone(said[at:end]) if hidden else said[at:first])
        at = end if hidden else first
    return "".join(out)


LONGEST = 24
"""Signs of a telephone number, with everything that stands between its digits."""


def _group(said: str, at: int) -> int:
    """Where the digits that begin at *at*, perhaps with a `+`, end."""
    end = at + 1
    while end < len(said) and said[end].isdecimal():
        end += 1
    return end


def _goes_on(said: str, end: int) -> bool:
    """Whether more digits of one number may follow: behind a single blank or hyphen."""
    return said[end : end + 1] in (" ", "-") and said[end + 1 : end + 2].isdecimal()


def _telephone(said: str, at: int, end: int) -> bool:
    if end < len(said) and _wordly(said[end]):
        return False
    digits = "".join(str(int(sign)) for sign in said[at:end] if sign.isdecimal())
    if digits[:2] == "86" and len(digits) == 13:
        digits = digits[2:]
    if len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789":
        return True
    if digits[:1] == "0" and 10 <= len(digits) <= 12:
        return _group(said, at) - at in (3, 4, len(digits))  # the code of an area, or all of it at once
    return said[at] == "+" and len(digits) >= 8 and not _goes_on(said, end)


def personal(value: "Any", about: "Mapping[str, Any] | None" = None) -> "Any":
    """A JSON value without personal data: customers, telephone numbers and addresses masked, wherever they stand.

    Masked are the fields of these names, also where a change or a refusal names them and keeps old and new beside it; what
    such a field of an object says, wherever else it stands within that object; and telephone numbers in any text. A text that
    is a JSON object or list itself, as the body of a timeline is, is gone through like one.

    Args:
        about: fields of whom all this is about (`{"customer": …, "phone": …, "address": …}`), where *value* itself does not
            tell: so a remark that names the customer is masked in a timeline.
    """
    return _personal(value, "", _known(about) if about else ())


def _personal(value: "Any", name: str, known: "tuple[tuple[str, str], ...]") -> "Any":
    if isinstance(value, str):
        return _said(value, name, known)
    if isinstance(value, dict):
        known = (*known, *_known(value))
        field = str(value.get("field") or value.get("path") or "").rpartition(".")[2]
        return {
            key: _personal(item, field if field and key in OLD_AND_NEW else key, known) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_personal(item, name, known) for item in value]
    return value


def _said(value: str, name: str, known: "tuple[tuple[str, str], ...]") -> str:
    if name in CUSTOMERS:
        return customer(value)
    if name == "phone":
        return phone(value)
    if name == "address":
        return address(value)
    if name == "customer_key":  # the digits of a number, or a name
        return phone(value) if value.isdecimal() else customer(value)
    if value[:1] in ("{", "[", '"'):
        from json import dumps, loads

        try:
            return dumps(_personal(loads(value), name, known), ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):  # no JSON, or more than is read
            pass
    for whole, masked in known:
        if whole in value:
            value = _replaced(value, whole, masked)
    return numbers(value)


def _known(fields: "Mapping[str, Any]") -> "tuple[tuple[str, str], ...]":
    """(as it is, masked) of what the personal fields of an object say; not of one sign, which stands for anything."""
    said = [(name, fields.get(name)) for name in ("address", "phone", *CUSTOMERS)]
    return tuple((each, _said(each, name, ())) for name, each in said if isinstance(each, str) and len(each) > 1)


TELLING = 7
"""So many digits are a number of somebody's, and not by chance a part of another."""


def _replaced(text: str, whole: str, masked: str) -> str:
    """*text* with *masked* for *whole*: a telephone number wherever it stands, anything else where it is no part of a longer word."""
    if sum(map(str.isdigit, whole)) >= TELLING:
        return text.replace(whole, masked)
    out, at = [], 0
    while (found := text.find(whole, at)) >= 0:
        end = found + len(whole)
        inside = (found > 0 and _one_word(text[found - 1], whole[0])) or (end < len(text) and _one_word(whole[-1], text[end]))
        out.append(text[at:found] + (whole if inside else masked))
        at = end
    return "".join([*out, text[at:]])


def _one_word(left: str, right: str) -> bool:
    return (_wordly(left) or _digit(left)) and (_wordly(right) or _digit(right))
