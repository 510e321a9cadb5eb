"""Django's PostgreSQL engine with one habit changed; see `base`."""
