"""What holds for every test: `engine` is no package, and generated data is the same on every machine.

`engine/` is a source root. With the repository root on `sys.path` (``python -m pytest`` puts it there) the line
``import engine.crosswalk`` would work and load every class a second time; None in `sys.modules` makes it fail at once.

Set HYPOTHESIS_PROFILE=explore to look for new counterexamples instead of repeating the known ones.
"""

import os
import sys

from hypothesis import settings

sys.modules["engine"] = None  # type: ignore[assignment]

pytest_plugins = ["tests.servers.odata.fixtures", "tests.servers.postgres"]

settings.register_profile("repeat", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))
