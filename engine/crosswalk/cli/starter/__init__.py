"""The project that `crosswalk init` writes: its files as they are, `dot_` in a name standing for a dot."""
