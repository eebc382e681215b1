"""The one reactive store: all that can be seen, in one immutable state that a commit replaces."""
