"""Random commands, with every form a target can be typed in."""

import random

COMMANDS = (("upgrade", 40), ("downgrade", 26), ("stamp", 14), ("resolve", 8), ("history", 9), ("current", 3))


def choose(rng: random.Random, revisions: list[dict], rows: tuple[str, ...]) -> tuple[str, list[str]]:
    """A command and its arguments. Depends on the random source, the graph and the sorted rows alone."""
    names, weights = zip(*COMMANDS)
    command = rng.choices(names, weights)[0]
    if command == "downgrade" and not rows and rng.random() < 0.8:
        command = "upgrade"
    form = Forms(rng, revisions, rows)
    if command == "current":
        return command, []
    if command == "history":
        return command, [f"{form.bound()}:{form.bound()}"]
    if command == "stamp":
        return command, [form.any() for _ in range(rng.choices((1, 2, 3), (75, 20, 5))[0])]
    if command == "upgrade" and rng.random() < 0.5:
        return command, [form.upgrade()]
    if command == "downgrade" and rng.random() < 0.5:
        return command, [form.downgrade()]
    return command, [form.any()]


class Forms:
    """The forms, filled in from one graph."""

    def __init__(self, rng: random.Random, revisions: list[dict], rows: tuple[str, ...]):
        self.rng = rng
        self.ids = [revision["id"] for revision in revisions]
        self.labels = [label for revision in revisions for label in revision["labels"]]
        self.rows = rows

    def id(self) -> str:
        return self.rng.choice(self.rows if self.rows and self.rng.random() < 0.2 else self.ids)

    def partial(self) -> str:
        """A beginning of an id or label, from one character to all of them."""
        whole = self.rng.choice(self.labels) if self.labels and self.rng.random() < 0.15 else self.id()
        return whole[: self.rng.randint(1, len(whole))]

    def label(self) -> str:
        """What stands before an @: mostly a label, but Alembic takes ids there too."""
        if self.labels and self.rng.random() < 0.85:
            return self.rng.choice(self.labels)
        return self.rng.choice((self.id(), self.id(), self.partial(), self.id(), "nosuch"))

    def number(self, signs: str = "+-") -> str:
        return self.rng.choice(signs) + str(self.rng.choices((0, 1, 2, 3, 5, 9), (1, 30, 16, 8, 4, 2))[0])

    def symbol(self) -> str:
        """What stands before a number."""
        return self.rng.choice((self.id(), self.id(), self.partial(), "head", "heads", "base", self.label()))

    def any(self) -> str:
        choice = self.rng.randrange(17)
        match choice:
            case 0 | 1 | 2:
                return self.id()
            case 3:
                return self.partial()
            case 4:
                return "head"
            case 5:
                return "heads"
            case 6:
                return "base"
            case 7:
                return self.label()
            case 8:
                return f"{self.label()}@head"
            case 9:
                return f"{self.label()}@{self.rng.choice(('heads', 'base'))}"
            case 10:
                return f"{self.label()}@{self.rng.choice((self.id(), self.partial()))}"
            case 11:
                return f"{self.id()}@head"
            case 12:
                return self.number()
            case 13:
                return self.symbol() + self.number()
            case 14:
                return f"{self.label()}@{self.number()}"
            case 15:
                return f"{self.label()}@{self.symbol()}{self.number()}"
            case _:
                return self.rng.choice(("nosuch", "0000", "current", f"{self.id()}x", f"{self.id()},{self.id()}"))

    def upgrade(self) -> str:
        """Forms that mostly move up, so that states far from the base are reached."""
        return self.rng.choice(
            ("heads", "head", f"{self.label()}@head", self.id(), self.id(), self.number("+"), f"{self.label()}@{self.number('+')}")
        )

    def downgrade(self) -> str:
        return self.rng.choice(
            ("base", f"{self.label()}@base", self.id(), self.id(), self.number("-"), f"{self.label()}@{self.number('-')}", f"{self.id()}{self.number('-')}")
        )

    def bound(self) -> str:
        return self.any() if self.rng.random() < 0.6 else self.rng.choice(("", "base", "head", "heads", "current", self.id()))
