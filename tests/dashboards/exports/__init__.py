"""The monthly files, made of facts that are written by hand."""
