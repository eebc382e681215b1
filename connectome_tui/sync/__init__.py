"""Revision sync (SYNC): events say that something changed, snapshots say what it is now."""
