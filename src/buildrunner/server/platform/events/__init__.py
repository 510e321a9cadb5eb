"""The append-only event table: the outbox everything else reads."""
