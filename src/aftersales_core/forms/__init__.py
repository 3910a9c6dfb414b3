"""表单: the forms of the house, made from tickets and registers, for paper and for the screen.

    form = paper_form("install-repair-slip", desk.state("AS-1"), desk.playbook, history=desk.history("AS-1"))
    Path("slip.html").write_text(html([form]), "utf-8")

Which fields a form has stands in `layout`, and nowhere else.
"""

from aftersales_core.forms.layout import PAPERS, REGISTERS
from aftersales_core.forms.making import NOBODY, paper_form, register_forms, title
from aftersales_core.forms.model import (
    Block,
    Cell,
    Column,
    Fields,
    Form,
    Note,
    Said,
    Signature,
    Signatures,
    Table,
    Titled,
    retold,
)
from aftersales_core.forms.page import STYLE, Dress, html
from aftersales_core.forms.text import plain

__all__ = [
    "NOBODY",
    "PAPERS",
    "REGISTERS",
    "STYLE",
    "Block",
    "Cell",
    "Column",
    "Dress",
    "Fields",
    "Form",
    "Note",
    "Said",
    "Signature",
    "Signatures",
    "Table",
    "Titled",
    "html",
    "paper_form",
    "plain",
    "register_forms",
    "retold",
    "title",
]
