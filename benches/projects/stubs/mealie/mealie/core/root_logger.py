import logging


def get_logger(module=None):
    return logging.getLogger("mealie")
