"""Pure decisions: what is unusual, what made it, what providers say."""
