"""Recorded traces: the readers of each format, causal order, and what a span means as an event."""
