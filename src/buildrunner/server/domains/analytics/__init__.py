"""Numbers about the build, each with the rows behind it; anomalies and reports."""
