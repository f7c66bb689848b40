import re as _re

from _limbeck import unsupported as _unsupported

# PEP 440, with all the spellings that are read.
_FORM = _re.compile(
    r"\s*v?"
    r"(?:([0-9]+)!)?"
    r"([0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]+)?)?"
    r"(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]+)?)?"
    r"(?:[-_.]?(dev)[-_.]?([0-9]+)?)?"
    r"(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?"
    r"\s*",
    _re.IGNORECASE,
)
_SHORT = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LONG = {"rev": "post", "r": "post"}


class InvalidVersion(ValueError):
    pass


def parse(version):
    return Version(version)


def _trimmed(release):
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


def _segment(text):
    return int(text) if text.isdigit() else text


def _text(version, release, is_public=False):
    parts = []
    if version.epoch:
        parts.append("%d!" % version.epoch)
    parts.append(".".join([str(number) for number in release]))
    if version.pre is not None:
        parts.append("%s%d" % version.pre)
    if version.post is not None:
        parts.append(".post%d" % version.post)
    if version.dev is not None:
        parts.append(".dev%d" % version.dev)
    if version.local is not None and not is_public:
        parts.append("+" + version.local)
    return "".join(parts)


class Version:
    def __init__(self, version):
        if not isinstance(version, str):
            _unsupported("a packaging.version.Version of something that is no str")
        found = _FORM.fullmatch(version)
        if not found:
            raise InvalidVersion("Invalid version: %r" % (version,))
        epoch, release, pre, pre_number, plain_post, post, post_number, dev, dev_number, local = found.groups()
        self.epoch = int(epoch or 0)
        self.release = tuple([int(number) for number in release.split(".")])
        self.pre = None
        if pre:
            pre = pre.lower()
            self.pre = (_SHORT.get(pre, pre), int(pre_number or 0))
        post = post.lower() if post else "post"
        self.post = int(plain_post or post_number or 0) if found.group(5) or found.group(6) else None
        self.dev = int(dev_number or 0) if dev else None
        segments = [_segment(text) for text in _re.split("[-_.]", local.lower())] if local else []
        self.local = ".".join([str(segment) for segment in segments]) if local else None
        if self.pre is not None:
            pre_key = (1, self.pre)
        elif self.post is None and self.dev is not None:
            # 1.0.dev1 comes before 1.0a0.
            pre_key = (0,)
        else:
            pre_key = (2,)
        self._key = (
            self.epoch,
            _trimmed(self.release),
            pre_key,
            () if self.post is None else (_LONG.get(post, post), self.post),
            (1,) if self.dev is None else (0, self.dev),
            tuple([(1, segment) if isinstance(segment, int) else (0, segment) for segment in segments]),
        )

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError("'Version' object has no attribute '%s'" % name)
        _unsupported("packaging.version.Version." + name)

    def __repr__(self):
        return "<Version('%s')>" % self

    def __str__(self):
        return _text(self, self.release)

    def __hash__(self):
        return hash(self._key)

    def __eq__(self, other):
        return self._key == other._key if isinstance(other, Version) else NotImplemented

    def __ne__(self, other):
        return self._key != other._key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other):
        return self._key < other._key if isinstance(other, Version) else NotImplemented

    def __le__(self, other):
        return self._key <= other._key if isinstance(other, Version) else NotImplemented

    def __gt__(self, other):
        return self._key > other._key if isinstance(other, Version) else NotImplemented

    def __ge__(self, other):
        return self._key >= other._key if isinstance(other, Version) else NotImplemented

    @property
    def public(self):
        return _text(self, self.release, is_public=True)

    @property
    def base_version(self):
        release = ".".join([str(number) for number in self.release])
        return "%d!%s" % (self.epoch, release) if self.epoch else release

    @property
    def is_prerelease(self):
        return self.pre is not None or self.dev is not None

    @property
    def is_postrelease(self):
        return self.post is not None

    @property
    def is_devrelease(self):
        return self.dev is not None

    @property
    def major(self):
        return self.release[0]

    @property
    def minor(self):
        return self.release[1] if len(self.release) > 1 else 0

    @property
    def micro(self):
        return self.release[2] if len(self.release) > 2 else 0


class InvalidName(ValueError):
    pass


def canonicalize_name(name, *, validate=False):
    if not isinstance(name, str):
        _unsupported("packaging.utils.canonicalize_name() of something that is no str")
    if validate and not _re.fullmatch("[A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9]", name, _re.IGNORECASE):
        raise InvalidName("name is invalid: %r" % (name,))
    return _re.sub("[-_.]+", "-", name).lower()


def canonicalize_version(version, *, strip_trailing_zero=True):
    if isinstance(version, str):
        try:
            version = Version(version)
        except InvalidVersion:
            return version
    elif not isinstance(version, Version):
        _unsupported("packaging.utils.canonicalize_version() of something that is no str")
    return _text(version, _trimmed(version.release) if strip_trailing_zero else version.release)
