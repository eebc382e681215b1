"""The panes of the screen: views of the state, drawn a line at a time."""
