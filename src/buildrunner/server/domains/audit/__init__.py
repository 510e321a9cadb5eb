"""The ledger of an organization: every event sealed into a chain that an outsider can verify."""
