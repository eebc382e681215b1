"""The flow graph without a screen: which cell of a terminal shows what, in integers and tokens (GRAPH-1 to GRAPH-4)."""
