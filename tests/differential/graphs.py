"""Random revision graphs that Alembic can load."""

import random

LABELS = ("postgres", "timescale", "times", "shared", "tenant", "billing", "networking", "net", "lib1", "lib2")

# One graph in so many names a parent or dependency that is already an ancestor of another one.
# Alembic loads such files and then goes wrong on some of them.
REDUNDANT_ONE_IN = 12


def generate(rng: random.Random) -> dict:
    """A graph: its revisions in load order, and whether it may name ancestors twice."""
    redundant_allowed = rng.randrange(REDUNDANT_ONE_IN) == 0
    builder = Builder(rng, redundant_allowed)
    for _ in range(rng.choice((rng.randint(1, 6), rng.randint(1, 25), rng.randint(6, 16)))):
        builder.add()
    revisions = builder.revisions
    # Alembic's ties are broken by load order: try orders that have nothing to do with the graph.
    if rng.random() < 0.7:
        rng.shuffle(revisions)
    return {"redundant": redundant_allowed and builder.has_redundant, "revisions": revisions}


class Builder:
    """Adds revisions one by one, each above some of those before it, so that no cycle can arise."""

    def __init__(self, rng: random.Random, redundant_allowed: bool):
        self.rng = rng
        self.redundant_allowed = redundant_allowed
        self.has_redundant = False
        self.revisions: list[dict] = []
        self.ancestors: dict[str, set[str]] = {}
        self.label_owner: dict[str, str] = {}
        self.fork_often = rng.random() < 0.4
        self.depend_often = rng.random() < 0.5

    def add(self) -> None:
        known = [revision["id"] for revision in self.revisions]
        id_ = self.fresh_id(known)
        down = self.parents(known)
        deps = self.dependencies(known, down)
        above = set(down) | set(deps)
        self.has_redundant |= any(a in self.ancestors[b] for a in above for b in above)
        self.ancestors[id_] = above.union(*(self.ancestors[a] for a in above))
        labels = self.labels(id_, is_base=not down)
        written = [self.as_written(dep) for dep in deps]
        self.revisions.append({"id": id_, "down": down, "deps": written, "labels": labels})

    def fresh_id(self, known: list[str]) -> str:
        """Mostly twelve hex digits; now and then very short, or close to an id that exists."""
        while True:
            kind = self.rng.random()
            if kind < 0.08:
                id_ = self.rng.choice("abr") + str(self.rng.randint(1, 40))
            elif kind < 0.3 and known:
                near = self.rng.choice(known)
                id_ = near[: self.rng.randint(1, len(near))] + f"{self.rng.getrandbits(16):04x}"
            else:
                id_ = f"{self.rng.getrandbits(48):012x}"
            if id_ not in known and id_ not in LABELS and len(id_) <= 32:
                return id_

    def parents(self, known: list[str]) -> list[str]:
        if not known or self.rng.random() < 0.12:
            return []
        named_below = {below for revision in self.revisions for below in revision["down"]}
        heads = [id_ for id_ in known if id_ not in named_below]
        count = self.rng.choices((1, 2, 3), (80, 16, 4))[0]
        pool = known if self.rng.random() < (0.4 if self.fork_often else 0.12) else heads
        return self.pick(pool, count, [])

    def dependencies(self, known: list[str], down: list[str]) -> list[str]:
        if not known or self.rng.random() > (0.35 if self.depend_often else 0.05):
            return []
        return self.pick(known, self.rng.choices((1, 2), (2, 1))[0], down)

    def pick(self, pool: list[str], count: int, beside: list[str]) -> list[str]:
        """Up to `count` of the pool, none an ancestor or descendant of another or of those beside."""
        picked: list[str] = []
        for candidate in self.rng.sample(pool, len(pool)):
            others = picked + beside
            if candidate in others:
                continue
            related = any(candidate in self.ancestors[o] or o in self.ancestors[candidate] for o in others)
            if related and not self.redundant_allowed:
                continue
            picked.append(candidate)
            if len(picked) == count:
                break
        return picked

    def labels(self, id_: str, is_base: bool) -> list[str]:
        free = [label for label in LABELS if label not in self.label_owner]
        labels = []
        while free and self.rng.random() < ((0.6 if is_base else 0.1) if not labels else 0.1):
            labels.append(free.pop(self.rng.randrange(len(free))))
            self.label_owner[labels[-1]] = id_
        return labels

    def as_written(self, dep: str) -> str:
        """The id of a dependency, or a label if its revision declares one."""
        names = [label for label, owner in self.label_owner.items() if owner == dep]
        return self.rng.choice(names) if names and self.rng.random() < 0.5 else dep
