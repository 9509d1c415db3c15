"""Background trainings: one at a time for all servers and terminals of a home, each a folder of plain files."""
