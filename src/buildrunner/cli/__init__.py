"""`br`, the command line."""
