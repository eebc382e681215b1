"""Recordings of what was live, in SQLite: written while it happens, opened again like any flow."""
