"""Analytics as they are shown."""
