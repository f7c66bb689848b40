_missing = object()


class Proxy:
    """Something that a function makes when it is needed."""

    def __init__(self, factory):
        object.__setattr__(self, "_factory", factory)
        object.__setattr__(self, "_made", _missing)

    @property
    def __wrapped__(self):
        if self._made is _missing:
            object.__setattr__(self, "_made", self._factory())
        return self._made

    @property
    def __resolved__(self):
        return self._made is not _missing

    def __call__(self, *args, **kwargs):
        return self.__wrapped__(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    def __setattr__(self, name, value):
        setattr(self.__wrapped__, name, value)

    def __str__(self):
        return str(self.__wrapped__)

    def __bool__(self):
        return bool(self.__wrapped__)

    def __hash__(self):
        return hash(self.__wrapped__)

    def __eq__(self, other):
        return self.__wrapped__ == other

    def __ne__(self, other):
        return self.__wrapped__ != other

    def __lt__(self, other):
        return self.__wrapped__ < other

    def __le__(self, other):
        return self.__wrapped__ <= other

    def __gt__(self, other):
        return self.__wrapped__ > other

    def __ge__(self, other):
        return self.__wrapped__ >= other

    def __len__(self):
        return len(self.__wrapped__)

    def __iter__(self):
        return iter(self.__wrapped__)

    def __contains__(self, item):
        return item in self.__wrapped__

    def __getitem__(self, key):
        return self.__wrapped__[key]
