from _limbeck import environment as _environment, random_bytes as urandom
from _limbeck import unsupported as _unsupported
import posixpath as path

name = "posix"
sep = "/"
altsep = None
curdir = "."
pardir = ".."
extsep = "."
pathsep = ":"
linesep = "\n"
devnull = "/dev/null"


class PathLike:
    pass


class _Environ:
    def __init__(self):
        self._own = {}

    def _find(self, key):
        if not isinstance(key, str):
            raise TypeError("str expected, not %s" % type(key).__name__)
        if key in self._own:
            return self._own[key]
        return _environment(key)

    def __getitem__(self, key):
        value = self._find(key)
        if value is None:
            raise KeyError(key)
        return value

    def get(self, key, default=None):
        value = self._find(key)
        return default if value is None else value

    def __contains__(self, key):
        return isinstance(key, str) and self._find(key) is not None

    def __setitem__(self, key, value):
        if not isinstance(value, str):
            raise TypeError("str expected, not %s" % type(value).__name__)
        self._find(key)
        self._own[key] = value

    def __delitem__(self, key):
        if self._find(key) is None:
            raise KeyError(key)
        self._own[key] = None

    def setdefault(self, key, value):
        if key not in self:
            self[key] = value
        return self[key]

    def pop(self, key, *default):
        value = self._find(key)
        if value is None:
            if default:
                return default[0]
            raise KeyError(key)
        self._own[key] = None
        return value

    def update(self, other=(), /, **kwargs):
        for key, value in dict(other, **kwargs).items():
            self[key] = value

    def __iter__(self):
        _unsupported("the names of all environment variables")

    keys = values = items = copy = __len__ = __iter__


environ = _Environ()


def getenv(key, default=None):
    return environ.get(key, default)


def putenv(name, value):
    environ[name] = value


def unsetenv(name):
    environ.pop(name, None)


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    if hasattr(path, "__fspath__"):
        return path.__fspath__()
    raise TypeError("expected str, bytes or os.PathLike object, not " + type(path).__name__)
