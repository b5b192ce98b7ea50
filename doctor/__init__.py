"""`flask doctor`: is this installation well, and what to do where it isn't."""
