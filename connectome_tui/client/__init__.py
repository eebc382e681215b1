"""A window's side of a shared session (CLIENT): connection, catalog, scenarios, diagnostics."""
