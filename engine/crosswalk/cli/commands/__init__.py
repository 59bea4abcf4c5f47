"""One file for each command: its name is the command's, its docstring the help, and it exports `SPEC`."""

ORDER = (
    "init",
    "entity",
    "validate",
    "test",
    "compile",
    "plan",
    "run",
    "rejects",
    "retry",
    "reconcile",
    "runs",
    "why",
    "query",
    "prune",
    "state",
    "import",
    "export",
    "doctor",
    "explain",
)
"""The order in which the help lists commands: that of their use."""
