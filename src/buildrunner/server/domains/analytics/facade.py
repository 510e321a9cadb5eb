"""The door to analytics."""

__all__: list[str] = []
