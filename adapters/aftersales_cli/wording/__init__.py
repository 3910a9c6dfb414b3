"""措辞: what the command line itself says; sentences about the work are in `aftersales_core.wording`."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def phrases(lang: str) -> "Mapping[str, str]":
    """Every phrase of the command line in *lang*; only that language is imported."""
    if lang == "zh":
        from aftersales_cli.wording.zh import PHRASES
    else:
        from aftersales_cli.wording.en import PHRASES
    return PHRASES
