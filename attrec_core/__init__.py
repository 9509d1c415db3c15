"""AttRec: self-attention over the last L items, a metric space for taste, and what each adds to a score."""

__version__ = "0.1.0"
