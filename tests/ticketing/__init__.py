"""The domain, by example and by law."""
