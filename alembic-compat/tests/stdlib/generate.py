"""Random programs over the modules whose results are worked out: each prints expressions, or the
class of the exception they raise. Written to standard output, each ended by a NUL."""

import argparse
import random


def decimal(r):
    def number():
        digits = "".join(r.choice("0123456789") for _ in range(r.choice([1, 2, 5, 12, 28, 30])))
        at = r.randint(0, len(digits))
        text = r.choice(["", "-"]) + digits[:at] + r.choice([".", ""]) + digits[at:]
        return "D(%r)" % (text + r.choice(["", "", "", "e%d" % r.randint(-12, 12)]))
    kind = r.randint(0, 5)
    if kind == 0:
        return "%s %s %s" % (number(), r.choice("+ - * / // %".split()), number())
    if kind == 1:
        mode = r.choice(["HALF_UP", "HALF_EVEN", "UP", "DOWN", "FLOOR", "CEILING", "HALF_DOWN"])
        return "%s.quantize(D('1e%d'), ROUND_%s)" % (number(), r.randint(-6, 2), mode)
    if kind == 2:
        return "%s %s %s" % (number(), r.choice("< <= == != > >=".split()), number())
    if kind == 3:
        return "format(%s, %r)" % (number(), r.choice([".2f", "", "10.3f", ",.1f", "+.0f", "f"]))
    if kind == 4:
        return "%s.%s" % (number(), r.choice(["normalize()", "as_tuple()", "adjusted()",
                                              "to_integral_value()", "copy_abs()"]))
    return "%s(%s)" % (r.choice(["int", "float", "round", "str", "abs", "bool"]), number())


def moment(r):
    def when():
        return "datetime(%d, %d, %d, %d, %d, %d, %d)" % (
            r.choice([1, 999, 1900, 1970, 2000, 2024, 9999]), r.randint(1, 12), r.randint(1, 29),
            r.randint(0, 23), r.randint(0, 59), r.randint(0, 59), r.choice([0, 1, 999999, 120000]))

    def delta():
        return "timedelta(days=%r, seconds=%r, microseconds=%r)" % (
            r.randint(-400, 400), r.choice([r.randint(-10**6, 10**6), r.uniform(-1e4, 1e4)]),
            r.choice([0, r.randint(-10**7, 10**7), r.uniform(-10, 10)]))
    kind = r.randint(0, 6)
    if kind == 0:
        return "%s %s %s" % (when(), r.choice("+-"), delta())
    if kind == 1:
        return "%s - %s" % (when(), when())
    if kind == 2:
        directives = r.sample("aAwdbBmyYHIpMSfjUWxXcGVu%", 4)
        return "%s.strftime(%r)" % (when(), " ".join("%" + d for d in directives))
    if kind == 3:
        return "%s %s %s" % (delta(), r.choice("+ - / // %".split()), delta())
    if kind == 4:
        return "%s %s %r" % (delta(), r.choice("*/"),
                             r.choice([r.randint(-9, 9), r.uniform(-9, 9)]))
    if kind == 5:
        pattern = r.choice(["%Y-%m-%d %H:%M:%S", "%d %b %Y", "%Y%m%dT%H%M%S", "%x", "%c", "%j %Y",
                            "%I:%M %p", "%A, %d %B %Y", "%Y-%m-%dT%H:%M:%S.%f"])
        return "datetime.strptime(%s.strftime(%r), %r)" % (when(), pattern, pattern)
    text = "2024-%02d-%02d" % (r.randint(0, 13), r.randint(0, 32))
    text += r.choice(["", "T", " "]) + r.choice(["", "%02d" % r.randint(0, 25)])
    text += r.choice(["", ":%02d" % r.randint(0, 61)]) + r.choice(["", ":07", ":07.5", "Z", "+01"])
    return "datetime.fromisoformat(%r)" % text


def regex(r):
    def atom(depth):
        kind = r.randint(0, 9 if depth else 6)
        if kind < 3:
            return r.choice("abc")
        if kind == 3:
            return r.choice([".", r"\w", r"\d", r"\s", r"\W", "[ab]", "[^a]", "[a-c1]", r"[\d_]"])
        if kind == 4:
            return r.choice(["^", "$", r"\b", r"\B", r"\A", r"\Z"])
        if kind in (5, 6):
            return r.choice("ab1 _") + r.choice(["*", "+", "?", "{1,2}", "{2}", "*?", "+?", "??"])
        inside = "|".join("".join(atom(depth - 1) for _ in range(r.randint(1, 3)))
                          for _ in range(r.randint(1, 2)))
        return r.choice(["(%s)", "(%s)", "(?:%s)", "(?=%s)", "(?!%s)"]) % inside + (
            r.choice(["", "", "?", "+", "*"]) if kind < 8 else "")
    pattern = "".join(atom(2) for _ in range(r.randint(1, 4)))
    text = "".join(r.choice("aabbc1 _\nä") for _ in range(r.randint(0, 8)))
    call = r.choice(["re.findall(%r, %r)", "re.split(%r, %r)", "re.sub(%r, '<>', %r)",
                     "[m.span() for m in re.finditer(%r, %r)]", "show(re.search(%r, %r))",
                     "show(re.match(%r, %r))", "show(re.fullmatch(%r, %r))"])
    return call % (pattern, text)


def json(r):
    def value(depth):
        kind = r.randint(0, 7 if depth else 4)
        if kind == 0:
            return r.choice([None, True, False, r.randint(-10**20, 10**20)])
        if kind == 1:
            return r.uniform(-1e6, 1e6) * 10.0 ** r.randint(-20, 20)
        if kind < 5:
            return "".join(r.choice("ab\"\\/\n\t\x01\x7fé€😀") for _ in range(r.randint(0, 5)))
        if kind == 5:
            return {value(0): value(depth - 1) for _ in range(r.randint(0, 3))}
        return [value(depth - 1) for _ in range(r.randint(0, 3))]
    if r.random() < 0.5:
        options = r.choice(["", ", indent=2", ", ensure_ascii=False", ", separators=(',', ':')"])
        return "json.dumps(%r%s)" % (value(3), options)
    text = "".join(r.choice('{}[]:,"a1-.e \\ntrue') for _ in range(r.randint(1, 8)))
    return "json.loads(%r)" % text


HEAD = """import re, json
from datetime import *
from decimal import *
D = Decimal
def show(m): return m and (m.span(), m.groups())
def t(f):
    try: print(repr(f()))
    except Exception as e: print(type(e).__name__)
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int)
    args = parser.parse_args()
    r = random.Random(args.seed)
    for _ in range(args.count):
        make = r.choice([decimal, moment, regex, json])
        print(HEAD + "t(lambda: %s)\n" % make(r), end="\0")
