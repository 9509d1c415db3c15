"""The twin of each figure: record → pandas table with the same numbers."""
