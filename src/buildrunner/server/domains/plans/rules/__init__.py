"""Pure decisions: what is stored how, what is valid, what may be told apart from a merge."""
