"""What changes the ledger and its keys."""
