"""Health (HEALTH): checkers that watch the docks of a session, in a run made for them and beside the user."""
