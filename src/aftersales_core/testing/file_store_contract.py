"""契约: what every file store has to do, as tests that any adapter can run.

    class TestMyStore(FileStoreContract):
        @pytest.fixture
        def store(self): ...

        def spoil(self, store, digest): ...  # change a bit of what is kept, behind the store's back

`testing.pictures` makes small files of every kind that is kept, as large as they claim to be or not.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from threading import Barrier
from typing import Final

import pytest

from aftersales_core.errors import AftersalesError, BadInput, FileAltered, UnknownFile
from aftersales_core.media import Limits
from aftersales_core.ports import FileRef, FileStore
from aftersales_core.testing import pictures

NOBODY: Final = "0" * 64
"""A digest of nothing that anybody keeps."""


def _png(note: bytes) -> bytes:
    return pictures.png(3, 2, note=note)


class FileStoreContract:
    """Inherit, and give the fixture `store`, a new and empty store closed afterwards, and the method `spoil`."""

    @pytest.fixture
    def store(self) -> FileStore:
        raise NotImplementedError("give a fixture `store`")

    def spoil(self, store: FileStore, digest: str) -> None:
        """Change at least one bit of the file *digest* as the store keeps it."""
        raise NotImplementedError("give a method `spoil`")

    def test_it_is_a_file_store(self, store: FileStore) -> None:
        assert isinstance(store, FileStore)

    def test_an_empty_store_has_nothing(self, store: FileStore) -> None:
        assert not store.has(NOBODY)
        assert list(store.digests()) == []
        for ask in (store.get, store.open, store.remove):
            with pytest.raises(UnknownFile) as caught:
                ask(NOBODY)
            assert (caught.value.code, caught.value.facts["digest"]) == ("file-not-there", NOBODY)

    @pytest.mark.parametrize("media_type", pictures.FILES)
    def test_a_file_of_every_kind_comes_back_as_it_was(self, store: FileStore, media_type: str) -> None:
        content = pictures.FILES[media_type]

        ref = store.put(content, media_type=media_type)

        assert ref == FileRef(sha256(content).hexdigest(), len(content), media_type)
        assert store.has(ref.digest)
        assert store.get(ref.digest) == content
        with store.open(ref.digest) as stream:
            assert stream.read(5) + stream.read() == content
        assert list(store.digests()) == [ref.digest]

    def test_bytes_and_something_to_read_from_are_the_same_file(self, store: FileStore) -> None:
        content = pictures.padded(_png(b"long"), 700_000)

        refs = {
            store.put(content, media_type="image/png"),
            store.put(BytesIO(content), media_type="image/png"),
            store.put(bytearray(content), media_type="image/png"),
        }

        assert {ref.digest for ref in refs} == {sha256(content).hexdigest()}
        assert list(store.digests()) == [sha256(content).hexdigest()]
        assert store.get(sha256(content).hexdigest()) == content

    def test_a_source_that_breaks_off_keeps_nothing(self, store: FileStore) -> None:
        class Broken(BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                if self.tell() >= 300_000:
                    raise ConnectionError("the line went dead")
                return super().read(size)

        with pytest.raises(ConnectionError, match="went dead"):
            store.put(Broken(pictures.padded(_png(b""), 700_000)), media_type="image/png")
        assert list(store.digests()) == []

    def test_digests_come_in_order(self, store: FileStore) -> None:
        refs = [store.put(_png(b"%d" % n), media_type="image/png") for n in range(20)]

        assert list(store.digests()) == sorted(ref.digest for ref in refs)

    @pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "../" * 21 + "a", "0" * 63 + "\n"])
    def test_what_is_no_digest_is_refused(self, store: FileStore, digest: str) -> None:
        for ask in (store.get, store.open, store.remove, store.has):
            with pytest.raises(BadInput) as caught:
                ask(digest)
            assert (caught.value.code, caught.value.facts["value"]) == ("bad-digest", digest)

    # --- what is not kept

    def _refused(self, store: FileStore, content: bytes, media_type: str) -> BadInput:
        with pytest.raises(BadInput) as caught:
            store.put(BytesIO(content), media_type=media_type)
        assert list(store.digests()) == []
        return caught.value

    def test_an_empty_file_is_refused(self, store: FileStore) -> None:
        assert self._refused(store, b"", "image/png").code == "file-empty"

    def test_a_file_as_large_as_allowed_is_kept_and_one_byte_more_is_not(self, store: FileStore) -> None:
        limit = Limits().size
        content = pictures.padded(pictures.FILES["application/pdf"], limit)
        refusal = self._refused(store, content + b"\0", "application/pdf")
        assert (refusal.code, refusal.facts["limit"]) == ("file-too-large", limit)

        assert store.put(content, media_type="application/pdf").size == limit

    @pytest.mark.parametrize("declared", [kind for kind in pictures.FILES if kind != "image/png"])
    def test_a_file_that_is_not_what_it_is_said_to_be_is_refused(self, store: FileStore, declared: str) -> None:
        refusal = self._refused(store, _png(b""), declared)

        assert (refusal.code, refusal.facts["found"]) == ("file-type-differs", "image/png")

    @pytest.mark.parametrize("head", ["hello", "<html><script>1</script>", "PK\x03\x04", "\0\0\0\x20ftypavif", "II*\0", " %PDF-1.7"], ids=repr)
    def test_other_kinds_are_refused(self, store: FileStore, head: str) -> None:
        content = pictures.padded(head.encode(), 200)

        assert self._refused(store, content, "image/jpeg").code == "file-type-refused"

    def test_a_drawing_that_may_carry_script_is_refused_whatever_it_is_called(self, store: FileStore) -> None:
        drawing = b'\xef\xbb\xbf<?xml version="1.0"?>\n<SVG xmlns="http://www.w3.org/2000/svg"><script>1</script></SVG>'

        for declared in ("image/svg+xml", "image/png", "text/xml"):
            assert self._refused(store, drawing, declared).code == "file-with-script"

    @pytest.mark.parametrize("media_type", pictures.PICTURES)
    def test_a_small_file_that_claims_to_be_a_huge_picture_is_refused(self, store: FileStore, media_type: str) -> None:
        refusal = self._refused(store, pictures.PICTURES[media_type](16_000, 16_000), media_type)

        assert refusal.code == "image-too-large"
        assert (refusal.facts["width"], refusal.facts["height"]) == (16_000, 16_000)

    @pytest.mark.parametrize(
        ("media_type", "upto"),
        [("image/jpeg", 40), ("image/png", 20), ("image/webp", 26), ("image/heic", 60), ("image/gif", 9)],
    )
    def test_a_picture_torn_in_its_head_is_refused(self, store: FileStore, media_type: str, upto: int) -> None:
        assert self._refused(store, pictures.FILES[media_type][:upto], media_type).code == "image-unreadable"

    # --- what was altered

    def test_what_was_altered_is_never_given_out(self, store: FileStore) -> None:
        ref, other = (store.put(_png(note), media_type="image/png") for note in (b"a", b"b"))
        self.spoil(store, ref.digest)

        for ask in (store.get, store.open):
            with pytest.raises(FileAltered) as caught:
                ask(ref.digest)
            assert (caught.value.code, caught.value.facts["digest"]) == ("file-altered", ref.digest)
        assert store.get(other.digest) == _png(b"b")

    def test_what_was_altered_is_mended_by_sending_it_again(self, store: FileStore) -> None:
        ref = store.put(_png(b"a"), media_type="image/png")
        self.spoil(store, ref.digest)

        assert store.put(_png(b"a"), media_type="image/png") == ref
        assert store.get(ref.digest) == _png(b"a")

    # --- what was removed

    def test_what_was_removed_is_gone_and_said_to_be_removed(self, store: FileStore) -> None:
        ref, other = (store.put(_png(note), media_type="image/png") for note in (b"a", b"b"))

        assert store.remove(ref.digest)

        assert not store.has(ref.digest)
        assert list(store.digests()) == [other.digest]
        for ask in (store.get, store.open):
            with pytest.raises(UnknownFile) as caught:
                ask(ref.digest)
            assert (caught.value.code, caught.value.facts["digest"]) == ("file-removed", ref.digest)
        assert not store.remove(ref.digest)

    def test_what_was_removed_does_not_come_back_by_being_sent_again(self, store: FileStore) -> None:
        ref = store.put(_png(b"a"), media_type="image/png")
        store.remove(ref.digest)

        with pytest.raises(UnknownFile) as caught:
            store.put(_png(b"a"), media_type="image/png")

        assert caught.value.code == "file-removed"
        assert list(store.digests()) == []

    def test_what_was_altered_can_be_removed(self, store: FileStore) -> None:
        ref = store.put(_png(b"a"), media_type="image/png")
        self.spoil(store, ref.digest)

        assert store.remove(ref.digest)
        assert not store.has(ref.digest)

    # --- several at once

    def test_threads_that_send_the_same_and_different_files_are_all_served(self, store: FileStore) -> None:
        together = Barrier(4)

        def send(own: int) -> list[FileRef]:
            together.wait()
            notes = [note for n in range(10) for note in (b"all %d" % n, b"%d own %d" % (own, n))]
            return [store.put(_png(note), media_type="image/png") for note in notes]

        with ThreadPoolExecutor(4) as pool:
            refs = {ref for sent in pool.map(send, range(4)) for ref in sent}

        assert list(store.digests()) == sorted(ref.digest for ref in refs)
        assert len(refs) == 10 + 4 * 10
        assert all(sha256(store.get(ref.digest)).hexdigest() == ref.digest for ref in refs)

    def test_removing_while_others_send_ends_removed(self, store: FileStore) -> None:
        ref = store.put(_png(b"a"), media_type="image/png")
        together = Barrier(4)

        def quietly(ask: Callable[[], object]) -> str:
            together.wait()
            try:
                for _ in range(20):
                    ask()
            except AftersalesError as problem:
                return problem.code
            return ""

        with ThreadPoolExecutor(4) as pool:
            asked = [lambda: store.put(_png(b"a"), media_type="image/png")] * 3 + [lambda: store.remove(ref.digest)]
            codes = set(pool.map(quietly, asked))

        assert codes <= {"", "file-removed"}
        assert not store.has(ref.digest)
        assert list(store.digests()) == []

    def test_closing_twice_is_fine(self, store: FileStore) -> None:
        store.close()
        store.close()

