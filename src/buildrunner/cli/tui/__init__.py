"""`br tui`: the plan in a terminal, to look at and to work with, live with files and server."""
