"""Pure decisions: what of an event is personal, and what of it is sealed."""
