"""The wire: every model that leaves a process, the identifiers, the codes and the topics."""
