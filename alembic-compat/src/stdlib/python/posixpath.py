from _limbeck import unsupported as _unsupported

sep = "/"
curdir = "."
pardir = ".."
extsep = "."
pathsep = ":"
altsep = None


def _text(path):
    if isinstance(path, str):
        return path
    if hasattr(path, "__fspath__"):
        return path.__fspath__()
    if isinstance(path, bytes):
        _unsupported("a path of bytes")
    raise TypeError("expected str, bytes or os.PathLike object, not " + type(path).__name__)


def isabs(s):
    return _text(s).startswith("/")


def join(a, *p):
    path = _text(a)
    for part in p:
        part = _text(part)
        if part.startswith("/"):
            path = part
        elif not path or path.endswith("/"):
            path += part
        else:
            path += "/" + part
    return path


def split(p):
    p = _text(p)
    at = p.rfind("/") + 1
    head, tail = p[:at], p[at:]
    if head and head.strip("/"):
        head = head.rstrip("/")
    return head, tail


def dirname(p):
    return split(p)[0]


def basename(p):
    return split(p)[1]


def splitext(p):
    p = _text(p)
    first = p.rfind("/") + 1
    name = p[first:]
    start = len(name) - len(name.lstrip("."))
    at = name.rfind(".")
    if at < start or at <= 0:
        return p, ""
    return p[:first + at], name[at:]


def splitdrive(p):
    return "", _text(p)


def normcase(s):
    return _text(s)


def normpath(path):
    path = _text(path)
    if not path:
        return "."
    root = ""
    if path.startswith("/"):
        root = "//" if path.startswith("//") and not path.startswith("///") else "/"
    parts = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != ".." or (not root and not parts) or (parts and parts[-1] == ".."):
            parts.append(part)
        elif parts:
            parts.pop()
    return root + "/".join(parts) or "."


def abspath(path):
    path = _text(path)
    if not path.startswith("/"):
        _unsupported("'os.path.abspath' of a relative path")
    return normpath(path)


def commonprefix(m):
    if not m:
        return ""
    low, high = min(m), max(m)
    for at, c in enumerate(low):
        if c != high[at]:
            return low[:at]
    return low


def commonpath(paths):
    paths = [_text(path) for path in paths]
    if not paths:
        raise ValueError("commonpath() arg is an empty sequence")
    if len({path.startswith("/") for path in paths}) != 1:
        raise ValueError("Can't mix absolute and relative paths")
    split_paths = [[p for p in path.split("/") if p and p != "."] for path in paths]
    low, high = min(split_paths), max(split_paths)
    common = low
    for at, part in enumerate(low):
        if part != high[at]:
            common = low[:at]
            break
    return ("/" if paths[0].startswith("/") else "") + "/".join(common)


def relpath(path, start=None):
    if start is None or not isabs(path) or not isabs(start):
        _unsupported("'os.path.relpath' of relative paths")
    start_parts = [p for p in normpath(start).split("/") if p]
    parts = [p for p in normpath(path).split("/") if p]
    same = 0
    while same < min(len(start_parts), len(parts)) and start_parts[same] == parts[same]:
        same += 1
    return "/".join([".."] * (len(start_parts) - same) + parts[same:]) or "."
