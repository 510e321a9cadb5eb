"""The composition root: settings, addresses, wiring."""
