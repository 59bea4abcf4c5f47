"""What happened: runs, steps, rejects, lineage, changes, numbers, documents and watermarks, in the schema
``crosswalk``.

The ledger lives in the same file as the embedded systems, because a transaction of DuckDB writes to one file only: the
rows of a leg and the notes about them are committed together or not at all. `tables` holds the schema with its version
and the steps from every earlier one; `runs` writes the rows of a run; `reading` answers questions about them.
"""
