"""One verb, one file: authorize, change, record, emit, in one transaction."""
