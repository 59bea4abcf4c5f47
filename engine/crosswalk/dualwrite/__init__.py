"""Brings table maps of Microsoft dual-write along, and gives them back: the only home of that record format's words.

Way in: files -> records (`records`, `reading`) -> a catalogue of what they say of tables (`catalogue`) -> questions and
answers (`questions`) -> files of a project (`maps`, `stubs`, `importing`). Way out: a project -> records (`exporting`).

What a record cannot know is asked. A line that waits for an answer stands in the map as a comment, so that nothing is
decided out of sight and the rest of the map can be looked at.
"""
