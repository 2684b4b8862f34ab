"""What the schools know of themselves: people, consents, accounts, gallery. A library over a database; a process."""
