"""The ledger by API."""
