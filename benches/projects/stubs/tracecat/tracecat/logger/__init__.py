import logging

logger = logging.getLogger("tracecat")
