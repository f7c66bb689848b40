import logging as _logging


def getLogger(name=None, project="unknown", version="unknown"):
    return _logging.getLogger(name)


def register_options(conf):
    pass


def set_defaults(*args, **kwargs):
    pass


CRITICAL = _logging.CRITICAL
ERROR = _logging.ERROR
WARNING = _logging.WARNING
WARN = _logging.WARNING
INFO = _logging.INFO
DEBUG = _logging.DEBUG
