from _limbeck import emit as _emit, unsupported as _unsupported


def warn(message, category=None, stacklevel=1, source=None):
    if isinstance(message, Warning):
        category = message.__class__
    elif category is None:
        category = UserWarning
    _emit("py.warnings", 30, "%s: %s" % (category.__name__, message))


def warn_explicit(message, category, filename, lineno, *rest):
    warn(message, category)


def simplefilter(action, category=Warning, lineno=0, append=False):
    if action == "error":
        _unsupported("a warning as an error")


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    simplefilter(action)


def resetwarnings():
    pass


class catch_warnings:
    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0,
                 append=False):
        if record:
            _unsupported("recorded warnings")

    def __enter__(self):
        return None

    def __exit__(self, *exc_info):
        return None
