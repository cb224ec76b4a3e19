"""Tests of `alerts/`: from live state to a person."""
