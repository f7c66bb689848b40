from _limbeck import unsupported as _unsupported


class PurePath:
    def __init__(self, *args):
        whole = ""
        for arg in args:
            if isinstance(arg, PurePath):
                arg = str(arg)
            if not isinstance(arg, str):
                raise TypeError("expected str, bytes or os.PathLike object, not "
                                + type(arg).__name__)
            if arg.startswith("/") or not whole:
                whole = arg
            else:
                whole += arg if whole.endswith("/") else "/" + arg
        root = ""
        if whole.startswith("/"):
            root = "//" if whole.startswith("//") and not whole.startswith("///") else "/"
        self._root = root
        self._tail = [part for part in whole.split("/") if part and part != "."]

    def _with(self, tail):
        made = self.__class__(self._root)
        made._tail = list(tail)
        return made

    @property
    def parts(self):
        return tuple(([self._root] if self._root else []) + self._tail)

    drive = ""

    @property
    def root(self):
        return self._root

    @property
    def anchor(self):
        return self._root

    @property
    def name(self):
        return self._tail[-1] if self._tail else ""

    @property
    def suffix(self):
        name = self.name
        at = name.rfind(".")
        return name[at:] if 0 < at < len(name) - 1 else ""

    @property
    def suffixes(self):
        name = self.name
        if name.endswith("."):
            return []
        return ["." + suffix for suffix in name.lstrip(".").split(".")[1:]]

    @property
    def stem(self):
        suffix = self.suffix
        return self.name[:-len(suffix)] if suffix else self.name

    @property
    def parent(self):
        return self._with(self._tail[:-1]) if self._tail else self

    @property
    def parents(self):
        found, path = [], self
        while path._tail:
            path = path.parent
            found.append(path)
        return tuple(found)

    def joinpath(self, *args):
        return self.__class__(self, *args)

    def __truediv__(self, key):
        if not isinstance(key, (str, PurePath)):
            return NotImplemented
        return self.__class__(self, key)

    def __rtruediv__(self, key):
        if not isinstance(key, (str, PurePath)):
            return NotImplemented
        return self.__class__(key, self)

    def with_name(self, name):
        if not self.name:
            raise ValueError("%r has an empty name" % (self,))
        if not name or "/" in name or name == ".":
            raise ValueError("Invalid name %r" % (name,))
        return self._with(self._tail[:-1] + [name])

    def with_suffix(self, suffix):
        if "/" in suffix or suffix and not suffix.startswith(".") or suffix == ".":
            raise ValueError("Invalid suffix %r" % (suffix,))
        if not self.name:
            raise ValueError("%r has an empty name" % (self,))
        return self.with_name(self.stem + suffix)

    def with_stem(self, stem):
        return self.with_name(stem + self.suffix)

    def is_absolute(self):
        return bool(self._root)

    def as_posix(self):
        return str(self)

    def is_relative_to(self, *other):
        other = self.__class__(*other)
        return self._root == other._root and self._tail[:len(other._tail)] == other._tail

    def relative_to(self, *other):
        other = self.__class__(*other)
        if not self.is_relative_to(other):
            raise ValueError("%r is not in the subpath of %r OR one path is relative and the "
                             "other is absolute." % (str(self), str(other)))
        made = self.__class__()
        made._tail = self._tail[len(other._tail):]
        return made

    def __fspath__(self):
        return str(self)

    def __str__(self):
        return self._root + "/".join(self._tail) or "."

    def __repr__(self):
        return "%s(%r)" % (self.__class__.__name__, str(self))

    def __eq__(self, other):
        if not isinstance(other, PurePath):
            return NotImplemented
        return self.parts == other.parts

    def __hash__(self):
        return hash(self.parts)

    def __lt__(self, other):
        if not isinstance(other, PurePath):
            return NotImplemented
        return list(self.parts) < list(other.parts)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError("%r object has no attribute %r" % (type(self).__name__, name))
        _unsupported("'pathlib.Path.%s'" % name)


class PurePosixPath(PurePath):
    pass


class PosixPath(PurePosixPath):
    def absolute(self):
        if self._root:
            return self
        _unsupported("'pathlib.Path.absolute' of a relative path")


Path = PosixPath
