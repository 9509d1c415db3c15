"""Trainings beside the pages: one at a time over all servers and terminals of a home, each a folder of plain files."""
