"""Kinds of events that this room emits; docs/reference/events.md lists their data."""

from __future__ import annotations

ANOMALY_FOUND = "anomaly.found"
ANOMALY_WORSENED = "anomaly.worsened"
ANOMALY_REVIEWED = "anomaly.reviewed"
SOURCE_ADDED = "usage_source.added"
SOURCE_CHANGED = "usage_source.changed"
SOURCE_REMOVED = "usage_source.removed"
SOURCE_ASKED = "usage_source.asked"
SOURCE_COLLECTED = "usage_source.collected"
SOURCE_FAILED = "usage_source.failed"
REPORT_SCHEDULED = "report.scheduled"
REPORT_CHANGED = "report.changed"
REPORT_REMOVED = "report.removed"
REPORT_SENT = "report.sent"
