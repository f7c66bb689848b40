from collections import namedtuple as _namedtuple

from _limbeck import emit as _emit, handled as _handled

maxsize = 9223372036854775807
maxunicode = 1114111
byteorder = "little"
platform = "linux"
path = []


class _VersionInfo(_namedtuple("version_info", "major minor micro releaselevel serial")):
    def __repr__(self):
        return "sys.version_info(major=%r, minor=%r, micro=%r, releaselevel=%r, serial=%r)" % (
            tuple(self))


version_info = _VersionInfo(3, 11, 0, "final", 0)
hexversion = 0x030B00F0


class _Stream:
    def __init__(self, name, write):
        self.name = name
        self._write = write
        self.encoding = "utf-8"

    def write(self, s):
        if not isinstance(s, str):
            raise TypeError("write() argument must be str, not %s" % type(s).__name__)
        self._write(s)
        return len(s)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False


stdout = _Stream("<stdout>", lambda s: print(s, end=""))
stderr = _Stream("<stderr>", lambda s: _emit("stderr", 30, s.rstrip("\n")) if s.strip() else None)


def exit(status=None, /):
    raise SystemExit(*(() if status is None else (status,)))


def exc_info():
    error = _handled()
    if error is None:
        return (None, None, None)
    return (type(error), error, getattr(error, "__traceback__", None))


def exception():
    return _handled()


def intern(string, /):
    return string


def getrecursionlimit():
    return 1000


def getdefaultencoding():
    return "utf-8"


def getsizeof(obj, default=None):
    from _limbeck import unsupported
    unsupported("'sys.getsizeof'")
