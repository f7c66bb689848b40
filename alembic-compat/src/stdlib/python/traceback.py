from _limbeck import emit as _emit, format_exception as _format, unsupported as _unsupported


def format_exc(limit=None, chain=True):
    return _format(None)


def print_exc(limit=None, file=None, chain=True):
    if file is not None:
        file.write(_format(None))
    else:
        _emit("traceback", 40, _format(None))


def format_exception(exc, value=None, tb=None, limit=None, chain=True):
    return _format(exc if value is None else value).splitlines(True)


def format_exception_only(exc, value=None):
    exc = exc if value is None else value
    text = str(exc)
    name = type(exc).__qualname__
    if type(exc).__module__ not in ("builtins", "__main__"):
        name = type(exc).__module__ + "." + name
    return [(name + ": " + text if text else name) + "\n"]


def print_exception(exc, value=None, tb=None, limit=None, file=None, chain=True):
    text = _format(exc if value is None else value)
    if file is not None:
        file.write(text)
    else:
        _emit("traceback", 40, text)
