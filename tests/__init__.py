"""The specification, run."""
