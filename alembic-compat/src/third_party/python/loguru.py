import logging as _logging


class Logger:
    """A logger whose messages are filled by str.format."""

    def _write(self, level, message, args, values):
        if args or values:
            message = message.format(*args, **values)
        _logging.getLogger("loguru").log(level, "%s", message)

    def trace(self, message, *args, **values):
        self._write(5, message, args, values)

    def debug(self, message, *args, **values):
        self._write(_logging.DEBUG, message, args, values)

    def info(self, message, *args, **values):
        self._write(_logging.INFO, message, args, values)

    def success(self, message, *args, **values):
        self._write(25, message, args, values)

    def warning(self, message, *args, **values):
        self._write(_logging.WARNING, message, args, values)

    def error(self, message, *args, **values):
        self._write(_logging.ERROR, message, args, values)

    exception = error

    def critical(self, message, *args, **values):
        self._write(_logging.CRITICAL, message, args, values)

    def bind(self, **values):
        return self

    def opt(self, **values):
        return self

    def add(self, *args, **values):
        return 0

    def remove(self, handler_id=None):
        pass

    def disable(self, name):
        pass

    def enable(self, name):
        pass


logger = Logger()
