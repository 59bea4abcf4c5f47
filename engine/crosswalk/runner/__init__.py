"""Runs plans: walks the steps of a leg in one transaction and says what became of every row.

The runner knows steps and nothing of maps, flows or systems. `leg` runs one plan; `invocation` runs the legs that were
asked for, in order; `lease` makes sure that one runner at a time writes to a file.
"""
