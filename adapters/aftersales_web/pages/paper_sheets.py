"""纸面: forms as a reader may have them on paper: masked where he sees no personal data, with people called by their names.

Who may not see personal data in full gets names and numbers masked, and the place for the address empty, to be written by whoever
may: half an address on a form sends somebody to the wrong door. In the columns of a register it is masked like the rest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import segno

from aftersales_core import masking
from aftersales_core.forms import Fields, Form, retold
from aftersales_core.state import Ticket

PERSONS: Final = frozenset({
    "crew", "crew_member", "installer", "caller", "actor", "issued_by", "reviewed_by", "approved_by", "install_supervisor",
    "designer", "warehouse_keeper", "cs_specialist", "cs_supervisor",
})  # fmt: skip
"""Places of a form where accounts stand; on paper people are called by their names."""

_PERSONAL: Final = {
    "phone": masking.phone, "customer": masking.customer, "agreed_with": masking.customer, "signed_by": masking.customer,
    "address": masking.address,
}  # fmt: skip


def about(ticket: Ticket) -> dict[str, str | None]:
    """Whom a ticket is about: what has to be masked wherever it stands."""
    return {"customer": ticket.customer, "phone": ticket.phone, "address": ticket.address}


def for_paper(form: Form, names: Mapping[str, str], *, full: bool, of: Mapping[str, str | None] | None = None) -> Form:
    """*form* with people called by their *names*, and without personal data unless *full*.

    Args:
        of: whom the form is about, where it is about one ticket.
    """
    called = retold(form, lambda key, text: _called(text, names) if key in PERSONS else text)
    if full:
        return called

    def tell(key: str, text: str) -> str:
        if key in _PERSONAL:
            return _PERSONAL[key](text)
        return str(masking.personal(text, of))

    masked = retold(called, tell)
    return masked._replace(blocks=tuple(_unaddressed(block) if isinstance(block, Fields) else block for block in masked.blocks))


def _called(text: str, names: Mapping[str, str]) -> str:
    return "".join(names.get(part, part) for part in re.split(r"([、\n,]\s*)", text))


def _unaddressed(block: Fields) -> Fields:
    """The block with the place for an address left to write in."""
    rows = (tuple(cell._replace(value=None) if cell.key == "address" else cell for cell in row) for row in block.rows)
    return block._replace(rows=tuple(rows))


def code(address: str, text: str) -> str:
    """A QR code of *address* as markup, with *text* below it for people; nothing in it asks for a style of its own."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None, light="#fff")
    marked = drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
    return f'<span class="code">{marked}<span>{_plain(text)}</span></span>'


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
