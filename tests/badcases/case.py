"""A bad case as it stands in a file: what is laid over a sound project, what is called, and what must come of it.

A case is `cases/<id>-<words>.toml`. What it may say:

=============  =========================================================================================================
says           one sentence: the mistake, or what must go well
like           a folder of tests/badmaps or tests/badmaps_compile whose files are laid over its base
base           the project below: `compile` (default) or `maps`, the bases of those two; `rows`, which has data; `none`
write          files by name, whole
edit           lists of [file, old, new] in files of the base; old must stand there once
make           files that are too long or too strange to store; see `Made`
link, pipe, folder, gone   links by name and target; named pipes; folders; files to take away
environ        variables of the environment; an empty text sets an empty one
before         calls that must end with 0
call           the call that is looked at, `validate` where nothing is said
exit           its exit code
code           the code that it prints; none where all is well
at             the place of that code, `file:line:column`; none where the code has none
hint, never    texts that must stand in what is printed, and texts that must stand in nothing that is printed or written
rows           of `rejects` afterwards: how many open rows have each code
instead        where the catalogue asks for something else: what we do, and why it is better
=============  =========================================================================================================
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
BASES = {
    "compile": TESTS / "badmaps_compile/base",
    "maps": TESTS / "badmaps/base",
    "rows": HERE / "bases/rows",
}
OWN = ("expected.txt", "case.json")


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is made: `head`, then `repeat` as often as `times` says, `{n}` being the number, then `tail`; or bytes
    in `hex`; or `size` bytes of nothing. `copies` makes as many, `{n}` in the name being the number.
    """

    name: str
    head: str = ""
    repeat: str = ""
    times: int = 1
    tail: str = ""
    encoding: str = "utf-8"
    hex: str = ""
    size: int = 0
    mode: str = ""
    copies: int = 1

    def content(self) -> bytes:
        middle = "".join(self.repeat.replace("{n}", str(number)) for number in range(self.times))
        return bytes.fromhex(self.hex) or (self.head + middle + self.tail).encode(self.encoding)

    def put(self, folder: Path) -> None:
        for number in range(self.copies):
            file = folder / self.name.replace("{n}", str(number))
            _write(file, self.content())
            if self.size:
                os.truncate(file, self.size)
            if self.mode:
                file.chmod(int(self.mode, 8))


@dataclass(frozen=True, slots=True)
class Case:
    """One bad case; see the words above."""

    name: str
    says: str
    exit: int
    like: str = ""
    base: str = "compile"
    write: dict[str, str] = field(default_factory=dict)
    edit: list[tuple[str, str, str]] = field(default_factory=list)
    make: list[Made] = field(default_factory=list)
    link: dict[str, str] = field(default_factory=dict)
    pipe: list[str] = field(default_factory=list)
    folder: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)
    call: list[str] = field(default_factory=lambda: ["validate"])
    code: str = ""
    at: str = ""
    hint: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    instead: str = ""
    process: bool = False

    @property
    def id(self) -> str:
        return self.name.partition("-")[0]


def cases() -> tuple[Case, ...]:
    """Read every case, sorted by name."""
    return tuple(_case(path) for path in sorted((HERE / "cases").glob("*.toml")))


def _case(path: Path) -> Case:
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    made = [Made(**one) for one in said.pop("make", [])]
    return Case(name=path.stem, make=made, **said)


def lay(case: Case, folder: Path) -> None:
    """Make the project of a case in an empty folder."""
    base = TESTS / Path(case.like).parent.parent / "base" if case.like else BASES.get(case.base)
    if base is not None:
        _copy(base, folder)
    if case.like:
        _copy(TESTS / case.like, folder)
        _generate(TESTS / case.like / "case.json", folder)
    for name, old, new in case.edit:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{case.name}: {old!r} stands {text.count(old)} times in {name}"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8", newline="")
    for name, text in case.write.items():
        _write(folder / name, text.encode("utf-8"))
    for one in case.make:
        one.put(folder)
    _strange(case, folder)


def _strange(case: Case, folder: Path) -> None:
    for name in case.folder:
        (folder / name).mkdir(parents=True)
    for name in case.pipe:
        os.mkfifo(folder / name)
    for name in case.gone:
        (folder / name).unlink()
    for name, target in case.link.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(target)


def _copy(source: Path, folder: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.name not in OWN:
            (folder / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / path.relative_to(source))


def _generate(recipe: Path, folder: Path) -> None:
    asked = json.loads(recipe.read_text(encoding="utf-8")) if recipe.exists() else {}
    for one in asked.get("generate", []):
        Made(**one).put(folder)
    for name in asked.get("remove", []):
        (folder / name).unlink()


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
