"""French words for the figures of the domain: what boards show and what alerts say."""
