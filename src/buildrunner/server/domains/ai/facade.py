"""The door to models."""

__all__: list[str] = []
