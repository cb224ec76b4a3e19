"""The database and the broker that vigie can run itself, as child processes on the loopback.

Layout of the data folder: `lock`, `secrets/`, `logs/`, `postgres/` and `nats/`.
Whoever starts a service holds `lock.locked(data_dir)` around it.
"""


class EmbeddedServiceError(RuntimeError):
    """An embedded service cannot be started; the text is a sentence for the operator."""
