"""The sections of the committee's report."""
