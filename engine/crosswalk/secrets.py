"""Resolves references to secrets, at the moment they are used and never earlier.

``${env:NAME}`` is an environment variable, ``${file:path}`` the content of a file without its last line end, relative
paths from the project's folder, ``${keyring:service/name}`` an entry of the keyring of this machine. What was resolved
is remembered, so that it can be hidden wherever it would be shown.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from crosswalk.errors import UsageError
from crosswalk.logs import event

_REFERENCE = re.compile(r"\$\{(env|file|keyring):([^${}]+)\}")
STARS = "***"

_shown: set[str] = set()


def reveal(text: str, root: Path) -> str:
    """Put what references name in their place; `UsageError` when there is nothing of that name."""
    return _REFERENCE.sub(lambda found: _remembered(_resolve(found[1], found[2], root)), text)


def references(text: str) -> list[tuple[str, str]]:
    """List the references in a text: ``env``, ``file`` or ``keyring``, and the name."""
    return [(kind, name) for kind, name in _REFERENCE.findall(text)]


def _resolve(kind: str, name: str, root: Path) -> str:
    match kind:
        case "env":
            value = os.environ.get(name)
            fault = "is not set" if value is None else "is empty"
            return _present(value, f"the environment variable {name} {fault}", f"export {name}=...")
        case "file":
            return _content(root / name, name)
        case _:
            return _from_keyring(name)


def _content(path: Path, name: str) -> str:
    remedy = "check the path and the rights of the file"
    try:
        if path.exists() and not path.is_file():
            raise UsageError(f"the secret file {name} is no plain file", code="MISSING_SECRET", remedy=remedy)
        with path.open(encoding="utf-8") as file:
            content = file.read(_MOST + 1).removesuffix("\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text, or its path is none"
        message = f"the secret file {name} cannot be read: {why}"
        raise UsageError(message, code="MISSING_SECRET", remedy=remedy) from None
    if len(content) > _MOST:
        raise UsageError(f"the secret file {name} is too long for a secret", code="MISSING_SECRET", remedy=remedy)
    return _present(content, f"the secret file {name} is empty", "write the secret into it")


def exposed(text: str, root: Path) -> tuple[str, ...]:
    """Name the files of secrets in a text that everyone on this machine can read."""
    names = [found[2] for found in _REFERENCE.finditer(text) if found[1] == "file"]
    return tuple(name for name in names if _mode(root / name) & stat.S_IROTH)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _from_keyring(name: str) -> str:
    service, _, user = name.rpartition("/")
    try:
        found = import_module("keyring").get_password(service or "crosswalk", user)
    except ImportError:
        message = f"${{keyring:{name}}} needs the package keyring"
        raise UsageError(message, code="EXTRA_MISSING", remedy="pip install keyring") from None
    return _present(found, f"the keyring holds no '{name}'", f"keyring set {service or 'crosswalk'} {user}")


def _present(value: str | None, message: str, remedy: str) -> str:
    if not value:
        raise UsageError(message, code="MISSING_SECRET", remedy=remedy)
    return value


def _remembered(value: str) -> str:
    if len(value) < LEAST and value not in _shown:
        event(logging.WARNING, "a secret is too short to be hidden inside words", characters=len(value))
    _shown.add(value)
    return value


LEAST = 4
"""Shorter values are hidden only where they stand alone: they are parts of too many words."""

_MOST = 20_000
"""No secret is longer, in characters; a file that is, is the wrong one."""


def hide(text: str) -> str:
    """Put stars for every secret that was resolved in this process, however it is spelled."""
    for secret in sorted(_shown, key=len, reverse=True):
        text = _spelled(secret).sub(STARS, text)
    return text


@lru_cache(maxsize=256)
def _spelled(secret: str) -> re.Pattern[str]:
    """Match a secret as it is, and with any of its letters as an address or JSON writes them: who repeats it may have
    got it in either.
    """
    whole = "".join(f"(?:{'|'.join(_forms(letter))})" for letter in secret)
    return re.compile(whole if len(secret) >= LEAST else rf"(?<!\w)(?:{whole})(?!\w)", re.IGNORECASE)


def _forms(letter: str) -> Iterator[str]:
    yield re.escape(letter)
    if not letter.isalnum():
        yield rf"\\+{re.escape(letter)}"
    if not (letter.isascii() and letter.isalnum()):
        yield re.escape("".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "surrogatepass")))
        yield r"\\+u" + f"{ord(letter):04x}"
    if letter == " ":
        yield re.escape("+")
