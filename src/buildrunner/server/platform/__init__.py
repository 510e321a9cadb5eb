"""The ground the rooms stand on: no business words here."""
