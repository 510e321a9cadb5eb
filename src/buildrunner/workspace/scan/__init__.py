"""What `br governance scan` reads: folders, git's index, diffs and history; and where it keeps its
compiled rules."""
