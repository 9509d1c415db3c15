"""A package, so that this conftest.py and the one above do not share a name."""
