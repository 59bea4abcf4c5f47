"""The mark of a folder: the digests of the files that were taken, in few characters, and how they were read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from crosswalk.exchange import MarkExpired

_GONE_MOST = 10_000
"""How many digests of files that are gone are kept, the latest ones: so many copies may come back in vain."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The files that were taken: digest to signature, in the order in which they were taken. `form` tells how they
    were read; files that were read in another way are read anew.
    """

    form: str
    files: dict[str, str] = field(default_factory=dict)

    def with_files(self, files: Iterable[tuple[str, str]]) -> Taken:
        """Add files; one that is known moves to the end, with the signature that it has now."""
        merged = dict(self.files)
        for digest, signature in files:
            merged.pop(digest, None)
            merged[digest] = signature
        return Taken(self.form, merged)

    def without_old(self, present: set[str]) -> Taken:
        """Forget the oldest of the files that are gone, where there are too many."""
        gone = [digest for digest in self.files if digest not in present]
        forgotten = set(gone[: max(0, len(gone) - _GONE_MOST)])
        return Taken(self.form, {digest: sign for digest, sign in self.files.items() if digest not in forgotten})

    def text(self) -> str:
        files = " ".join(f"{digest}:{signature}" for digest, signature in self.files.items())
        return json.dumps({"form": self.form, "files": files}, separators=(",", ":"))


def taken_of(mark: str | None, form: str) -> Taken:
    """Read a mark; `MarkExpired` when it was made by reading the files in another way."""
    if mark is None:
        return Taken(form)
    try:
        content = json.loads(mark)
        pairs = [entry.split(":") for entry in content["files"].split()]
        taken = Taken(content["form"], dict(pairs))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MarkExpired(f"this is not the mark of a folder: {mark[:80]}") from error
    if taken.form != form:
        raise MarkExpired("the files were read in another way than the settings say now")
    return taken
