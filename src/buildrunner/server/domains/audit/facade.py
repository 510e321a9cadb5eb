"""The door to the ledger."""

__all__: list[str] = []
