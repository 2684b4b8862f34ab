"""Checks of what was published before: again after a change of a register, and all there is in an audit."""
