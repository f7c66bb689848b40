"""Whether two dumps are equal, and by which rule values are left out.

Values that real Alembic itself writes differently in two runs (clock, random, UUID) are left out: a column in which its two runs differ
is masked in both dumps. Rows have no order.
"""

import difflib
import re


def unstable(first, second):
    """The columns, by table, in which two runs of the same tool differ."""
    found = {}
    for table in sorted(set(first) | set(second)):
        one, other = first.get(table), second.get(table)
        if not one or not other or len(one["rows"]) != len(other["rows"]):
            continue
        columns = []
        for number, column in enumerate(one["columns"]):
            values = [sorted(row[number] for row in side["rows"] if number < len(row)) for side in (one, other)]
            if values[0] != values[1]:
                columns.append(column)
        if columns:
            found[table] = columns
    return found


def rows(table, masked):
    positions = [number for number, column in enumerate(table["columns"]) if column in masked]
    return sorted(
        ["*" if number in positions else value for number, value in enumerate(row)] for row in table["rows"]
    )


def data_differences(expected, found, masked):
    """What differs, as lines."""
    lines = []
    for table in sorted(set(expected) | set(found)):
        one, other = expected.get(table), found.get(table)
        empty = {"columns": [], "rows": []}
        left = rows(one or empty, masked.get(table, []))
        right = rows(other or empty, masked.get(table, []))
        if left != right:
            lines += [f"{table}: {len(left)} rows expected, {len(right)} found"]
            lines += list(difflib.unified_diff(list(map(str, left)), list(map(str, right)), "alembic", "limbeck", n=0, lineterm=""))[:30]
    return lines


def settled(schema):
    """The schema with the constraints and the keys of a CREATE TABLE in a fixed order.

    Alembic takes them from Python sets (constraints in batch mode, the indexes of a new table), whose order changes from run to run; it shows
    in the texts of SQLite and MariaDB.
    """
    lines, together = [], []
    for line in schema.splitlines():
        bare = line.rstrip().rstrip(",")
        if re.match(r"\s+(CONSTRAINT|FOREIGN KEY|UNIQUE|CHECK|KEY|UNIQUE KEY)\b", line):
            together.append(bare)
            continue
        lines += sorted(together) + [bare]
        together = []
    return "\n".join(lines + sorted(together))


def schema_differences(expected, found):
    if expected != found:
        expected, found = settled(expected), settled(found)
    return list(difflib.unified_diff(expected.splitlines(), found.splitlines(), "alembic", "limbeck", n=4, lineterm=""))
