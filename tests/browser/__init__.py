"""The boards in a real browser."""
