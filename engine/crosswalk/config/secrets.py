"""Finds secrets that are written out in the project file, and hides them where its lines are shown.

Why lines are hidden too: a problem shows the line it stands in, and what is shown ends up in logs.
"""

from __future__ import annotations

import re

SECRET_WORDS = r"password|passwd|secret|token|api_?key|credential"
SECRET_IN_URL = r"(?<=://)[^/@\s:$]+:[^/@\s$]+(?=@)"
_WRITTEN = re.compile(
    rf"""(\w*(?:{SECRET_WORDS})\w*["']?\s*:\s*["']?)(?!\$\{{)([^\s"',}}][^"',}}]*)""",
    re.IGNORECASE,
)


def hidden(line: str) -> str:
    """Put a star for every character of a secret, so that places in the line stay what they are."""
    without = _WRITTEN.sub(lambda match: match[1] + "*" * len(match[2]), line)
    return re.sub(SECRET_IN_URL, lambda match: "*" * len(match[0]), without)
