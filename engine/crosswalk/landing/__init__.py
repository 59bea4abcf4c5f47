"""Brings tables of outside systems into copies: tables of the database file that look as if the system were embedded.

Why copies: one compiled plan then serves every kind of system. What a run compares with and joins is a table beside it,
read once, and a row of an outside system has the same checks, the same history and the same story as any other.

A read lands in three steps: its pages are checked cell by cell into a table of their own (`cells`), rows that do not
fit are kept as rejects, and the rest is merged into the copy (`merging`). All of it is one transaction with the mark
with which the next read starts, so a read that breaks off has not happened.
"""

from crosswalk.landing.reading import Wish, look, page_of, read_table, text_of

__all__ = ["Wish", "look", "page_of", "read_table", "text_of"]
