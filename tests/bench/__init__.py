"""Benchmarks, each beside a baseline of the same run, and recorded days beside an independent count."""
