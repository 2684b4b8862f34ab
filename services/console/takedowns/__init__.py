"""What must come down from the platforms, as people see it: tasks, and the list of an audit."""
