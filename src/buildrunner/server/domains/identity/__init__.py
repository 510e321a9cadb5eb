"""Floor 1: people. Accounts, sessions, one-time links, device sign-in; global, no tenant."""
