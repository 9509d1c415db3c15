"""Trainings beside the pages: one at a time over all servers and terminals of a home, each a folder of plain files."""

from attrec_core.jobs.job import Job, JobRequest
from attrec_core.jobs.queue import Queue

__all__ = ["Job", "JobRequest", "Queue"]
