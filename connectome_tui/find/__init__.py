"""The language of search and filter, as pure functions: what is meant, and which events it is about."""
