from enum import Enum


class JobStatus(str, Enum):
    TERMINATED = "terminated"
    ABORTED = "aborted"
    FAILED = "failed"
    DONE = "done"

    @classmethod
    def finished_statuses(cls):
        return [cls.TERMINATED, cls.ABORTED, cls.FAILED, cls.DONE]
