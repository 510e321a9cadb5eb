"""What the operator sees of a running server: log lines, metrics, traces."""
