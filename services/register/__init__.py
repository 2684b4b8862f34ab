"""What the schools know of themselves: people, consents, accounts, users, gallery. A library over one database."""
