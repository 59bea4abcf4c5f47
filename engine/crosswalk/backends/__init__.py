"""Where compiled SQL runs: one file per engine, found by its name."""
