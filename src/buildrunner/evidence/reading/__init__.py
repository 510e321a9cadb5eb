"""Reports that other tools wrote, read without trusting them: JUnit, SARIF, coverage.

One file a format. Each takes bytes and the name they are to be called by, and either returns what
the report says or raises `ReportError` with the place. Nothing here does I/O.
"""
