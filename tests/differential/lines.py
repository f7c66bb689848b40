"""Random command lines for a project."""

import random

import targets
from graphs import LABELS
from projects import MESSAGES

COMMANDS = (
    ("upgrade", 26),
    ("downgrade", 18),
    ("stamp", 9),
    ("current", 8),
    ("heads", 5),
    ("branches", 4),
    ("history", 11),
    ("show", 5),
    ("ensure_version", 1),
    ("sql", 9),
    ("revision", 5),
    ("merge", 3),
    ("usage", 1),
)


def choose(rng: random.Random, revisions: list[dict], rows: list[str], locations: list[str]) -> list[str]:
    """What follows `alembic`. Depends on these arguments alone."""
    names, weights = zip(*COMMANDS)
    command = rng.choices(names, weights)[0]
    if command == "downgrade" and not rows and rng.random() < 0.7:
        command = "upgrade"
    lines = Lines(rng, revisions, rows, locations)
    line = getattr(lines, command)()
    return ["-q", *line] if rng.random() < 0.02 else line


class Lines:
    def __init__(self, rng: random.Random, revisions: list[dict], rows: list[str], locations: list[str]):
        self.rng = rng
        self.form = targets.Forms(rng, revisions, tuple(rows))
        self.locations = locations

    def maybe(self, chance: float, *words: str) -> list[str]:
        return list(words) if self.rng.random() < chance else []

    def upgrade(self) -> list[str]:
        target = self.form.upgrade() if self.rng.random() < 0.6 else self.form.any()
        return ["upgrade", *self.maybe(0.03, "--tag", "now"), target]

    def downgrade(self) -> list[str]:
        return ["downgrade", self.form.downgrade() if self.rng.random() < 0.6 else self.form.any()]

    def stamp(self) -> list[str]:
        ends = [self.form.any() for _ in range(self.rng.choices((1, 2, 3), (80, 16, 4))[0])]
        return ["stamp", *self.maybe(0.1, "--purge"), *ends, *self.maybe(0.15, "--purge")]

    def current(self) -> list[str]:
        return ["current", *self.maybe(0.3, "-v"), *self.maybe(0.4, self.rng.choice(("-c", "--check-heads")))]

    def heads(self) -> list[str]:
        return ["heads", *self.maybe(0.4, "-v"), *self.maybe(0.4, "--resolve-dependencies")]

    def branches(self) -> list[str]:
        return ["branches", *self.maybe(0.5, "--verbose")]

    def history(self) -> list[str]:
        line = ["history"]
        if self.rng.random() < 0.75:
            between = f"{self.form.bound()}:{self.form.bound()}"
            if self.rng.random() < 0.05:
                between = self.rng.choice((self.form.any(), f"{between}:{self.form.id()}"))
            line += [f"--rev-range={between}"] if self.rng.random() < 0.3 else [f"-r{between}"]
        return [*line, *self.maybe(0.25, "-v"), *self.maybe(0.3, "-i")]

    def show(self) -> list[str]:
        return ["show", "current" if self.rng.random() < 0.15 else self.form.any()]

    def ensure_version(self) -> list[str]:
        return ["ensure_version", *self.maybe(0.3, "--sql")]

    def usage(self) -> list[str]:
        return self.rng.choice(
            (
                ["upgrade"],
                ["heads", "--nosuch"],
                ["nosuch"],
                ["history", "-r", f"-{self.rng.randint(1, 3)}:"],
                ["stamp"],
                ["show", "a1", "b2"],
                ["downgrade", "--tag"],
                ["merge"],
                ["downgrade"],
                ["revision", "a1"],
                [],
            )
        )

    def sql(self) -> list[str]:
        """The offline form of a command that runs."""
        command = self.rng.choice(("upgrade", "upgrade", "downgrade", "downgrade", "stamp"))
        form = self.form
        start = self.rng.choice((form.id(), form.id(), form.partial(), "head", f"{form.label()}@head", "base", "nosuch"))
        end = getattr(form, command)() if command != "stamp" else form.any()
        if command == "downgrade":
            end = end if self.rng.random() < 0.05 else f"{start}:{end}"
        elif self.rng.random() < 0.4:
            end = f"{start}:{end}"
        ends = [end] + ([form.id()] if command == "stamp" and self.rng.random() < 0.15 else [])
        return [command, *ends, "--sql", *(self.maybe(0.05, "--purge") if command == "stamp" else [])]

    def rev_id(self) -> list[str]:
        kind = self.rng.random()
        if kind < 0.06:
            return ["--rev-id", self.form.id()]
        if kind < 0.1:
            return ["--rev-id", self.rng.choice(("a-1", "a@b", "x+1", "a:b", "a-b+c", "1.5", "with space"))]
        return ["--rev-id", f"{self.rng.getrandbits(48):012x}"]

    def branch_label(self) -> list[str]:
        return ["--branch-label", self.rng.choice((*LABELS, "fresh", "new_branch", "x"))] if self.rng.random() < 0.2 else []

    def message(self) -> list[str]:
        if self.rng.random() < 0.1:
            return []
        return ["-m", self.rng.choice((*MESSAGES, 'a "word" and \'another\'', "two  spaces and a\ttab", "", "a/b c.d"))]

    def revision(self) -> list[str]:
        line = ["revision", *self.message(), *self.rev_id(), *self.branch_label()]
        if self.rng.random() < 0.6:
            line += ["--head", self.rng.choice((self.form.any(), f"{self.form.label()}@head", self.form.id(), "base", "heads"))]
        for _ in range(self.rng.choices((0, 1, 2), (80, 15, 5))[0]):
            line += ["--depends-on", self.rng.choice((self.form.id(), self.form.label(), self.form.any()))]
        if self.rng.random() < 0.15:
            line += ["--version-path", self.rng.choice((*self.locations, "m/nosuch"))]
        return [*line, *self.maybe(0.3, "--splice")]

    def merge(self) -> list[str]:
        choice = self.rng.random()
        if choice < 0.5:
            ends = ["heads"]
        else:
            ends = [self.rng.choice((self.form.id(), self.form.any())) for _ in range(self.rng.choices((1, 2, 3), (10, 70, 20))[0])]
        return ["merge", *ends, *self.message(), *self.rev_id(), *self.branch_label(), *self.maybe(0.3, "--splice")]
