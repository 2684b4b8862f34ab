"""Watches the watchers: how far behind each consumer group is, in records and in seconds."""
