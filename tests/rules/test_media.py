"""What kind of file some bytes are, and whether they may be kept: told from the bytes, and never from what is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_core.errors import BadInput
from aftersales_core.media import TYPES, Limits, checked_digest, chunks, examine
from aftersales_core.testing.pictures import FILES, PICTURES, gif, heic, jpeg, padded, png, webp

LIMITS = Limits()


def code_of(content: bytes, declared: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(BadInput) as caught:
        examine(content, declared, limits)
    return caught.value.code


REFUSALS = {"file-type-refused", "file-type-differs", "file-with-script", "image-unreadable", "image-too-large"}


def outcome(content: bytes, declared: str) -> str:
    """The media type, or the code of the refusal."""
    try:
        return examine(content, declared, LIMITS)
    except BadInput as problem:
        return problem.code


def test_there_is_a_sample_of_every_kind_that_is_kept() -> None:
    assert set(FILES) == set(TYPES)
    assert [examine(content, media_type, LIMITS) for media_type, content in FILES.items()] == list(FILES)


@pytest.mark.parametrize(
    ("declared", "media_type"),
    [
        ("image/jpg", "image/jpeg"), ("IMAGE/JPEG", "image/jpeg"), (" image/png ; charset=binary", "image/png"),
        ("image/heif", "image/heic"), ("image/x-png", "image/png"), ("application/x-pdf", "application/pdf"),
    ],
)  # fmt: skip
def test_other_spellings_of_a_type_are_that_type(declared: str, media_type: str) -> None:
    assert examine(FILES[media_type], declared, LIMITS) == media_type


@pytest.mark.parametrize("declared", ["", "image", "image/*", "application/octet-stream", "text/plain", "image/heif-sequence"])
def test_a_kind_that_is_not_kept_is_no_declaration(declared: str) -> None:
    assert code_of(FILES["image/png"], declared) == "file-type-differs"


@pytest.mark.parametrize("media_type", PICTURES)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (255, 257), (10_000, 10_000), (16_383, 6_000)])
def test_a_picture_up_to_the_limit_is_kept(media_type: str, width: int, height: int) -> None:
    assert examine(PICTURES[media_type](width, height), media_type, LIMITS) == media_type


@pytest.mark.parametrize("media_type", PICTURES)
def test_a_picture_beyond_the_limit_is_named_with_its_size(media_type: str) -> None:
    with pytest.raises(BadInput) as caught:
        examine(PICTURES[media_type](101, 300), media_type, Limits(pixels=30_000))

    assert {key: caught.value.facts[key] for key in ("width", "height", "limit")} == {"width": 101, "height": 300, "limit": 30_000}
    assert "101 × 300" in caught.value.sentence("zh")


@pytest.mark.parametrize("kind", ["VP8X", "VP8L", "VP8 "])
def test_every_form_of_webp_has_its_size_read(kind: str) -> None:
    assert examine(webp(16_000, 6_000, kind.encode()), "image/webp", LIMITS) == "image/webp"
    assert code_of(webp(16_000, 16_000, kind.encode()), "image/webp") == "image-too-large"
    assert code_of(webp(3, 2, kind.encode())[:24], "image/webp") == "image-unreadable"


def test_an_heic_is_known_by_any_of_its_brands_and_its_size_found_behind_other_boxes() -> None:
    long_box = (1).to_bytes(4, "big") + b"free" + (24).to_bytes(8, "big") + b"\0" * 8

    assert examine(heic(brand=b"mif1"), "image/heic", LIMITS) == "image/heic"
    assert examine(heic(40, 30, before=long_box), "image/heic", Limits(pixels=1200)) == "image/heic"
    assert code_of(heic(40, 31, before=long_box), "image/heic", Limits(pixels=1200)) == "image-too-large"
    assert code_of(heic(before=b"\0\0\0\x02free"), "image/heic") == "image-unreadable"
    assert code_of(heic(before=b"\xff\0\0\x08free"), "image/heic") == "image-unreadable"
    assert code_of(heic().replace(b"ispe", b"skip"), "image/heic") == "image-unreadable"


@pytest.mark.parametrize("made", [png, jpeg, gif, heic])
def test_a_picture_without_width_or_height_is_refused(made) -> None:  # type: ignore[no-untyped-def]
    media_type = next(name for name, maker in PICTURES.items() if maker is made)

    assert {code_of(made(*size), media_type) for size in ((0, 0), (0, 5), (5, 0))} == {"image-unreadable"}


def test_a_file_made_to_be_stepped_through_for_ever_is_given_up() -> None:
    fill = b"\xff\xd8\xff" + b"\xff" * 2_000_000
    empty_segments = b"\xff\xd8" + b"\xff\xe0\0\0" * 500_000
    boxes = heic(before=b"\0\0\0\x08free" * 200_000)

    assert code_of(fill, "image/jpeg") == "image-unreadable"
    assert code_of(empty_segments, "image/jpeg") == "image-unreadable"
    assert code_of(boxes, "image/heic") == "image-unreadable"


@pytest.mark.parametrize("drawing", ["<svg/>", " \n<?xml?><!-- x --><svg>", "\ufeff<SVG onload='x'>", "<!DOCTYPE svg><svg>"])
def test_a_drawing_with_script_is_told_by_its_content(drawing: str) -> None:
    assert code_of(drawing.encode(), "image/png") == "file-with-script"
    assert code_of(FILES["image/png"], "image/svg+xml") == "file-with-script"


@given(st.binary(max_size=300), st.sampled_from(sorted(FILES)))
def test_no_bytes_at_all_make_it_stumble(rest: bytes, media_type: str) -> None:
    whole = FILES[media_type]
    for content in (rest, whole[:12] + rest, whole[: len(whole) // 2] + rest):
        assert outcome(content, media_type) in {media_type, *REFUSALS}


@given(st.data())
def test_no_torn_file_makes_it_stumble(data: st.DataObject) -> None:
    media_type = data.draw(st.sampled_from(sorted(FILES)))
    whole = FILES[media_type]
    torn = whole[: data.draw(st.integers(0, len(whole)))]

    assert outcome(torn, media_type) in {media_type, "file-type-refused", "image-unreadable"}


def test_pieces_are_the_whole_and_no_more_is_read_than_allowed() -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return b"x" * size

    content = padded(b"abc", 1_000_000)
    assert b"".join(chunks(content, 1_000_000)) == content
    assert b"".join(chunks(memoryview(content), 1_000_000)) == content
    source = Endless()
    with pytest.raises(BadInput) as caught:
        list(chunks(source, 1_000_000))
    assert caught.value.code == "file-too-large"
    assert source.given < 1_600_000


def test_only_64_lowercase_hex_digits_are_a_digest() -> None:
    assert checked_digest("0123456789abcdef" * 4) == "0123456789abcdef" * 4
    for value in ("", "0" * 63, "A" * 64, "０" * 64, "0" * 64 + "\n"):
        with pytest.raises(BadInput):
            checked_digest(value)
