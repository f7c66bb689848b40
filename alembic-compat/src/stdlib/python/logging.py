from _limbeck import emit as _emit, format_exception as _format_exception

CRITICAL = FATAL = 50
ERROR = 40
WARNING = WARN = 30
INFO = 20
DEBUG = 10
NOTSET = 0
_names = {50: "CRITICAL", 40: "ERROR", 30: "WARNING", 20: "INFO", 10: "DEBUG", 0: "NOTSET"}


def getLevelName(level):
    if level in _names:
        return _names[level]
    for number, name in _names.items():
        if name == level:
            return number
    return {"WARN": 30, "FATAL": 50}.get(level, "Level %s" % (level,))


def addLevelName(level, levelName):
    _names[level] = levelName


def _number(level):
    if isinstance(level, int):
        return level
    if not isinstance(level, str):
        raise TypeError("Level not an integer or a valid string: %r" % (level,))
    number = getLevelName(level)
    if not isinstance(number, int):
        raise ValueError("Unknown level: %r" % (level,))
    return number


class Handler:
    def __init__(self, level=0):
        self.level = level
        self.formatter = None

    def setLevel(self, level):
        self.level = _number(level)

    def setFormatter(self, fmt):
        self.formatter = fmt

    def flush(self):
        pass

    def close(self):
        pass


class StreamHandler(Handler):
    def __init__(self, stream=None):
        Handler.__init__(self)
        self.stream = stream


class NullHandler(Handler):
    pass


class Formatter:
    def __init__(self, fmt=None, datefmt=None, style="%", validate=True, *, defaults=None):
        self._fmt, self.datefmt = fmt, datefmt


class Logger:
    def __init__(self, name, level=0):
        self.name = name
        self.level = level
        self.propagate = True
        self.disabled = False
        self.handlers = []
        self.filters = []

    def setLevel(self, level):
        self.level = _number(level)

    @property
    def parent(self):
        if self.name == "root":
            return None
        head = self.name.rpartition(".")[0]
        while head and head not in _loggers:
            head = head.rpartition(".")[0]
        return _loggers[head or "root"]

    def getEffectiveLevel(self):
        logger = self
        while logger is not None:
            if logger.level:
                return logger.level
            logger = logger.parent
        return 0

    def isEnabledFor(self, level):
        return not self.disabled and level >= self.getEffectiveLevel()

    def getChild(self, suffix):
        return getLogger(suffix if self.name == "root" else self.name + "." + suffix)

    def addHandler(self, hdlr):
        if hdlr not in self.handlers:
            self.handlers.append(hdlr)

    def removeHandler(self, hdlr):
        if hdlr in self.handlers:
            self.handlers.remove(hdlr)

    def hasHandlers(self):
        return bool(self.handlers)

    def _log(self, level, msg, args, exc_info=None, stack_info=False, stacklevel=1, extra=None):
        # The levels of the root and of loggers nobody set belong to the configuration outside.
        logger = self
        while logger is not None and not logger.level:
            logger = logger.parent
        if self.disabled or (logger is not None and logger.name != "root"
                             and level < logger.level):
            return
        msg = str(msg)
        if args:
            if len(args) == 1 and isinstance(args[0], dict) and args[0]:
                args = args[0]
            msg = msg % args
        if exc_info:
            msg = msg + "\n" + _format_exception(
                exc_info if isinstance(exc_info, BaseException) else None).rstrip("\n")
        _emit(self.name, level, msg)

    def debug(self, msg, *args, **kwargs):
        self._log(10, msg, args, **kwargs)

    def info(self, msg, *args, **kwargs):
        self._log(20, msg, args, **kwargs)

    def warning(self, msg, *args, **kwargs):
        self._log(30, msg, args, **kwargs)

    warn = warning

    def error(self, msg, *args, **kwargs):
        self._log(40, msg, args, **kwargs)

    def exception(self, msg, *args, exc_info=True, **kwargs):
        self._log(40, msg, args, exc_info=exc_info, **kwargs)

    def critical(self, msg, *args, **kwargs):
        self._log(50, msg, args, **kwargs)

    fatal = critical

    def log(self, level, msg, *args, **kwargs):
        if not isinstance(level, int):
            raise TypeError("level must be an integer")
        self._log(level, msg, args, **kwargs)

    def __repr__(self):
        level = getLevelName(self.getEffectiveLevel())
        if self.name == "root":
            return "<RootLogger root (%s)>" % level
        return "<Logger %s (%s)>" % (self.name, level)


class LoggerAdapter:
    def __init__(self, logger, extra=None):
        self.logger, self.extra = logger, extra

    def __getattr__(self, name):
        return getattr(self.logger, name)


root = Logger("root", 30)
_loggers = {"root": root}


def getLogger(name=None):
    if not name:
        return root
    if name not in _loggers:
        _loggers[name] = Logger(name)
    return _loggers[name]


def getLoggerClass():
    return Logger


def basicConfig(**kwargs):
    if "level" in kwargs:
        root.setLevel(kwargs["level"])


def disable(level=50):
    pass


def captureWarnings(capture):
    pass


debug, info, warning, error = root.debug, root.info, root.warning, root.error
warn, exception, critical, log = root.warning, root.exception, root.critical, root.log
