"""A scene → the records that pages draw, and one sentence for each figure."""
