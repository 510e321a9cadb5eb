"""Pages of the ledger and of access reviews."""
