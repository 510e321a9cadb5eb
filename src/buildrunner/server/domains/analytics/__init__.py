"""Metrics, costs, anomalies, collectors and reports."""
