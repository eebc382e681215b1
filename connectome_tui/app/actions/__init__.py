"""What the commands do. Each class has methods named as the actions of the table; none keeps any of the state."""
