"""The boards' state, words, streams and HTTP interface."""
