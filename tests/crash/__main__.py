"""Prints the table of a run over all cells: worlds and modes down, points across, passed of all.

python -m tests.crash build/crash.jsonl
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path


def table(lines: list[str]) -> str:
    """Write the verdicts, one JSON object a line, as a table in Markdown."""
    verdicts = [json.loads(line) for line in lines]
    rows = list(dict.fromkeys((one["world"], one["mode"]) for one in verdicts))
    points = list(dict.fromkeys(one["point"] for one in verdicts))
    whole = Counter((one["world"], one["mode"], one["point"]) for one in verdicts)
    good = Counter((one["world"], one["mode"], one["point"]) for one in verdicts if not one["found"])
    text = [f"| point | {' | '.join(f'{world}, {mode}' for world, mode in rows)} |", "|---" * (len(rows) + 1) + "|"]
    for point in points:
        cells = (f"{good[*row, point]} of {whole[*row, point]}" if whole[*row, point] else "" for row in rows)
        text.append(f"| {point} | {' | '.join(cells)} |")
    return "\n".join([*text, "", f"{sum(good.values()):,} of {len(verdicts):,} cells passed."])


if __name__ == "__main__":
    print(table(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()))
