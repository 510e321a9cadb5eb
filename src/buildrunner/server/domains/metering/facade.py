"""The door to metering."""

__all__: list[str] = []
