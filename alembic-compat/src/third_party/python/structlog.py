import logging as _logging


class _Bound:
    """A logger whose records are the event with the values bound to it."""

    def __init__(self, name, values):
        self._name = name
        self._values = values

    def bind(self, **values):
        return _Bound(self._name, {**self._values, **values})

    new = bind

    def unbind(self, *keys):
        kept = {key: value for key, value in self._values.items() if key not in keys}
        return _Bound(self._name, kept)

    def _write(self, level, event, args, values):
        if args:
            event = event % args
        parts = [str(event)] if event is not None else []
        parts += ["%s=%s" % item for item in sorted({**self._values, **values}.items())]
        _logging.getLogger(self._name).log(level, "%s", " ".join(parts))

    def debug(self, event=None, *args, **values):
        self._write(_logging.DEBUG, event, args, values)

    def info(self, event=None, *args, **values):
        self._write(_logging.INFO, event, args, values)

    msg = info

    def warning(self, event=None, *args, **values):
        self._write(_logging.WARNING, event, args, values)

    warn = warning

    def error(self, event=None, *args, **values):
        self._write(_logging.ERROR, event, args, values)

    exception = error

    def critical(self, event=None, *args, **values):
        self._write(_logging.CRITICAL, event, args, values)


BoundLogger = _Bound


def get_logger(*args, **values):
    return _Bound(args[0] if args and isinstance(args[0], str) else "structlog", values)


getLogger = get_logger
