"""演示: a deterministic month of a furniture dealer's after-sales work, as commands.

    from aftersales_core import demo
    for picture in demo.files():
        desk.keep(picture.content, media_type=picture.media_type, name=picture.name)
    for command in demo.month():
        desk.handle(command)        # some are refused: `demo.mistakes()` says which, and why

Everybody and everything in it is invented. It imports nothing of the core: plain dictionaries go in at the door.
"""

from aftersales_core.demo.days import END, START
from aftersales_core.demo.month import mistakes, month
from aftersales_core.demo.people import BRANCHES, Person, staff
from aftersales_core.demo.pictures import files
from aftersales_core.demo.showpieces import HARD_TICKET, REFUSED_COMMAND

__all__ = ["BRANCHES", "END", "HARD_TICKET", "REFUSED_COMMAND", "START", "Person", "files", "mistakes", "month", "staff"]
