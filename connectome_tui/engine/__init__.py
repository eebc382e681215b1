"""The runtime engine: it alone decides when an event is released."""
