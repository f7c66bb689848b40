from _limbeck import random_bytes as _random_bytes, unsupported as _unsupported


class Random:
    def __init__(self, x=None):
        if x is not None:
            _unsupported("a seeded random sequence")

    def seed(self, a=None, version=2):
        if a is not None:
            _unsupported("a seeded random sequence")

    def getrandbits(self, k):
        if k < 0:
            raise ValueError("number of bits must be non-negative")
        return int.from_bytes(_random_bytes((k + 7) // 8), "big") >> (-k % 8)

    def randbytes(self, n):
        return _random_bytes(n)

    def random(self):
        return self.getrandbits(53) * 2.0 ** -53

    def _below(self, n):
        bits = n.bit_length()
        found = self.getrandbits(bits)
        while found >= n:
            found = self.getrandbits(bits)
        return found

    def randrange(self, start, stop=None, step=1):
        places = range(start) if stop is None else range(start, stop, step)
        if not len(places):
            raise ValueError("empty range for randrange()")
        return places[self._below(len(places))]

    def randint(self, a, b):
        return self.randrange(a, b + 1)

    def choice(self, seq):
        if not len(seq):
            raise IndexError("Cannot choose from an empty sequence")
        return seq[self._below(len(seq))]

    def choices(self, population, weights=None, *, cum_weights=None, k=1):
        population = list(population)
        if weights is None and cum_weights is None:
            return [population[self._below(len(population))] for _ in range(k)]
        if cum_weights is None:
            cum_weights, total = [], 0
            for weight in weights:
                total += weight
                cum_weights.append(total)
        found = []
        for _ in range(k):
            at = self.random() * cum_weights[-1]
            for item, bound in zip(population, cum_weights):
                if at < bound:
                    found.append(item)
                    break
        return found

    def shuffle(self, x):
        for i in range(len(x) - 1, 0, -1):
            j = self._below(i + 1)
            x[i], x[j] = x[j], x[i]

    def sample(self, population, k, *, counts=None):
        if counts is not None:
            _unsupported("'counts' of random.sample")
        pool = list(population)
        if not 0 <= k <= len(pool):
            raise ValueError("Sample larger than population or is negative")
        self.shuffle(pool)
        return pool[:k]

    def uniform(self, a, b):
        return a + (b - a) * self.random()


class SystemRandom(Random):
    pass


_one = Random()
seed, random, randint, randrange = _one.seed, _one.random, _one.randint, _one.randrange
choice, choices, shuffle, sample = _one.choice, _one.choices, _one.shuffle, _one.sample
uniform, getrandbits, randbytes = _one.uniform, _one.getrandbits, _one.randbytes
