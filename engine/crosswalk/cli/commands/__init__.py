"""One file for each command; it exports `SPEC`, and the file name is the name of the command."""
