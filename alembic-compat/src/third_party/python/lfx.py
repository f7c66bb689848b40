from structlog import get_logger as _get_logger

logger = _get_logger("lfx")
