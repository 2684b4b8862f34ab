"""Everything on one machine: Kafka, PostgreSQL for tests, and the supervisor of the processes."""
