from tests.support.servers import kafka, kafka_jars, postgres_server, postgres_url

__all__ = ["kafka", "kafka_jars", "postgres_server", "postgres_url"]
