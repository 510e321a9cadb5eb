"""A repository on disk: the plan file, the state folder, git."""
