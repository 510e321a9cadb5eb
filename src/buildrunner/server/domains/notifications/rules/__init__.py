"""Pure decisions: what an endpoint hears, how a message reads, when it is tried again."""
