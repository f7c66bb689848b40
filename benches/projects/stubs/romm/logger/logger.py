import logging

log = logging.getLogger("romm")
