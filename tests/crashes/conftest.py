"""The tests of crashes use the Valkey of the workers' tests."""

from tests.workers.conftest import at_work, redis, redis_url

__all__ = ["at_work", "redis", "redis_url"]
