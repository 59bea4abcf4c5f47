"""Row filters: one small neutral tree, and the three languages that it is read from and written in."""
