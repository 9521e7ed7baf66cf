"""What becomes of cases when a replica, nginx or something that replicas share breaks under load.

    python -m benchmarks.replicas

Two replicas of the service run behind nginx with the configuration that is deployed. They share a PostgreSQL, an object
store and a Redis, and nothing else. Clients send through nginx as phones do; faults, senders and the reading of storage
are those of :mod:`benchmarks.faults`.
"""
