"""UK identifiers and what else tells of a child: each recogniser is one function."""
