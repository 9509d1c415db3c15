"""A package, so that this conftest.py and tests/conftest.py have different module names."""
