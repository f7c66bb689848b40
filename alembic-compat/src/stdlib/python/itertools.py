class chain:
    def __init__(self, *iterables):
        self._walk = self._all(iterables)

    @staticmethod
    def _all(iterables):
        for iterable in iterables:
            for item in iterable:
                yield item

    @classmethod
    def from_iterable(cls, iterables):
        made = cls()
        made._walk = cls._all(iterables)
        return made

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._walk)


def count(start=0, step=1):
    while True:
        yield start
        start += step


def cycle(iterable):
    saved = []
    for item in iterable:
        yield item
        saved.append(item)
    while saved:
        for item in saved:
            yield item


def repeat(object, times=None):
    if times is None:
        while True:
            yield object
    for _ in range(times):
        yield object


def accumulate(iterable, func=None, *, initial=None):
    walk = iter(iterable)
    total = initial
    if initial is None:
        for total in walk:
            break
        else:
            return
    yield total
    for item in walk:
        total = total + item if func is None else func(total, item)
        yield total


def compress(data, selectors):
    for item, selected in zip(data, selectors):
        if selected:
            yield item


def dropwhile(predicate, iterable):
    walk = iter(iterable)
    for item in walk:
        if not predicate(item):
            yield item
            break
    for item in walk:
        yield item


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            break
        yield item


def filterfalse(predicate, iterable):
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def pairwise(iterable):
    walk = iter(iterable)
    for last in walk:
        break
    else:
        return
    for item in walk:
        yield last, item
        last = item


def islice(iterable, *args):
    bounds = slice(*args)
    start = 0 if bounds.start is None else bounds.start
    stop, step = bounds.stop, 1 if bounds.step is None else bounds.step
    if len(args) == 1 and stop is not None and stop < 0:
        raise ValueError("Stop argument for islice() must be None or an integer: "
                         "0 <= x <= sys.maxsize.")
    if start < 0 or (stop is not None and stop < 0):
        raise ValueError("Indices for islice() must be None or an integer: "
                         "0 <= x <= sys.maxsize.")
    if step < 1:
        raise ValueError("Step for islice() must be a positive integer or None.")
    return _islice(iter(iterable), start, stop, step)


def _islice(walk, start, stop, step):
    at, wanted = 0, start
    while stop is None or at < stop:
        if stop is not None and wanted >= stop:
            while at < stop:
                for _ in walk:
                    break
                else:
                    return
                at += 1
            return
        for item in walk:
            break
        else:
            return
        if at == wanted:
            yield item
            wanted += step
        at += 1


def tee(iterable, n=2):
    walk = iter(iterable)
    saved = []

    def branch():
        at = 0
        while True:
            if at == len(saved):
                for item in walk:
                    saved.append(item)
                    break
                else:
                    return
            yield saved[at]
            at += 1

    return tuple(branch() for _ in range(n))


def zip_longest(*iterables, fillvalue=None):
    walks = [iter(iterable) for iterable in iterables]
    left = len(walks)
    while left:
        row = []
        for at, walk in enumerate(walks):
            if walk is None:
                row.append(fillvalue)
                continue
            for item in walk:
                row.append(item)
                break
            else:
                left -= 1
                if not left:
                    return
                walks[at] = None
                row.append(fillvalue)
        yield tuple(row)


class groupby:
    def __init__(self, iterable, key=None):
        self._walk = iter(iterable)
        self._key = key
        self._begun = False
        self._run = 0
        self._target = None

    def _step(self):
        for item in self._walk:
            self._begun = True
            self._item = item
            self._value = item if self._key is None else self._key(item)
            return True
        return False

    def __iter__(self):
        return self

    def __next__(self):
        self._run += 1
        first = not self._begun
        while first or self._value == self._target:
            first = False
            if not self._step():
                raise StopIteration
            if self._run == 1:
                break
        self._target = self._value
        return self._value, self._group(self._run, self._value)

    def _group(self, run, target):
        while self._run == run and self._value == target:
            yield self._item
            if self._run != run or not self._step():
                return


def product(*iterables, repeat=1):
    pools = [tuple(pool) for pool in iterables] * repeat

    def walk(at, head):
        if at == len(pools):
            yield head
        else:
            for item in pools[at]:
                for row in walk(at + 1, head + (item,)):
                    yield row

    return walk(0, ())


def permutations(iterable, r=None):
    pool = tuple(iterable)
    size = len(pool) if r is None else r

    def walk(used, head):
        if len(head) == size:
            yield head
        else:
            for at, item in enumerate(pool):
                if at not in used:
                    for row in walk(used + (at,), head + (item,)):
                        yield row

    if size <= len(pool):
        return walk((), ())
    return iter(())


def combinations(iterable, r):
    pool = tuple(iterable)

    def walk(first, head):
        if len(head) == r:
            yield head
        else:
            for at in range(first, len(pool)):
                for row in walk(at + 1, head + (pool[at],)):
                    yield row

    return walk(0, ())


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)

    def walk(first, head):
        if len(head) == r:
            yield head
        else:
            for at in range(first, len(pool)):
                for row in walk(at, head + (pool[at],)):
                    yield row

    return walk(0, ())
