"""The server: pages, API, realtime and jobs on PostgreSQL."""
