"""Random Python programs, the same for the same seed, each ended by a NUL. What they print depends
on nothing but the program: no sets are shown, no texts hashed."""

import argparse
import random
import sys

INTS = ["0", "1", "-1", "2", "3", "7", "(-5)", "10", "255", "1000", "(-12345)", "(2**31)", "(2**63)", "(-2**63)",
        "(2**64 + 1)", "(-10**25)", "10**18", "True", "False"]
FLOATS = ["0.0", "-0.0", "1.0", "0.5", "-2.5", "3.14159", "1e10", "1e16", "1e-5", "123456.789", "2.675",
          "1e300", "-7.25", "0.1", "1/3", "1e22", "5e-324"]
STRINGS = ["''", "'a'", "'abc'", "'Hello World'", "'  pad '", "'a,b,,c'", "'é€😀x'", "'line\\nbreak\\ttab'",
           "\"it's\"", "'123'", "'-4.5'", "('x' * 7)", "'ABC def'", "'%s and %d'", "'{} {}'", "'a_b-c.d'", "'ß'"]
METHODS = ["upper()", "lower()", "title()", "strip()", "lstrip()", "rstrip('c')", "split()", "split(',')",
           "split(None, 1)", "rsplit(',', 1)", "splitlines()", "swapcase()", "capitalize()", "casefold()",
           "isalpha()", "isdigit()", "isupper()", "islower()", "isspace()", "isalnum()", "istitle()",
           "isidentifier()", "isnumeric()", "isdecimal()", "isascii()", "isprintable()", "encode()",
           "partition(',')", "rpartition('b')", "expandtabs(4)"]
FLAGS = ["", "-", "+", " ", "0", "#", "-0", "+0", "0#", "- "]
ALIGN = ["", "<", ">", "^", "=", "*<", "0>", "é^", "_=", ">>"]
SIGN = ["", "+", "-", " "]
ERRORS = ("ZeroDivisionError", "TypeError", "ValueError", "IndexError", "KeyError", "AttributeError",
          "OverflowError", "NameError", "LookupError", "ArithmeticError", "Exception", "RuntimeError")


class Programs:
    def __init__(self, rng):
        self.rng = rng
        self.names = {"i": [], "f": [], "s": [], "l": [], "d": [], "t": []}
        self.counter = 0

    def pick(self, *options):
        return self.rng.choice(options)

    def spec(self, kind):
        r = self.rng
        width = r.choice(["", "", "5", "8", "12", "1", "20"])
        zero = r.choice(["", "", "", "0"])
        alt = r.choice(["", "", "", "#"])
        group = r.choice(["", "", "", ",", "_"])
        precision = r.choice(["", "", ".0", ".1", ".2", ".3", ".6", ".10", ".17"])
        if kind == "s":
            return r.choice(ALIGN) + r.choice(["", "", "", "0"]) + width + r.choice(["", ".2", ".0", ".5"]) + r.choice(["", "s", "s", "d"])
        code = r.choice({"i": ["", "d", "x", "X", "o", "b", "d", "e", "f", "g", "%", "n", "s"],
                         "f": ["", "e", "E", "f", "F", "g", "G", "%", "n", "d"]}[kind])
        if kind == "i" and code in ("", "d", "x", "X", "o", "b", "n") and r.random() < 0.9:
            precision = ""
        z = "z" if kind == "f" and r.random() < 0.1 else ""
        return r.choice(ALIGN) + r.choice(SIGN) + z + alt + zero + width + group + precision + code

    def expr(self, kind, depth):
        r = self.rng
        if depth <= 0 or r.random() < 0.15:
            if self.names[kind] and r.random() < 0.5:
                return r.choice(self.names[kind])
            return {"i": lambda: r.choice(INTS), "f": lambda: r.choice(FLOATS), "s": lambda: r.choice(STRINGS),
                    "l": lambda: r.choice(["[]", "[1, 2, 3]", "['a', 'b']", "[3, 1, 2, 1]", "[[1], [2, 3]]", "list('hello')", "[1.5, 2, True]"]),
                    "t": lambda: r.choice(["()", "(1,)", "(1, 'a', 2.5)", "(3, 1, 2)", "tuple('xyz')"]),
                    "d": lambda: r.choice(["{}", "{'a': 1, 'b': 2}", "{1: 'x', 2: 'y'}", "{'k': [1, 2], 'n': {'m': 3}}", "dict(x=1, y='z')"]),
                    }[kind]()
        d = depth - 1
        e = self.expr
        any_kind = lambda: e(r.choice("ifsldt"), d)
        number = lambda: e(r.choice("iif"), d)
        if kind == "i":
            return r.choice([
                lambda: f"({e('i', d)} {r.choice(['+', '-', '*', '//', '%', '&', '|', '^'])} {e('i', d)})",
                lambda: f"({e('i', d)} {r.choice(['<<', '>>'])} {r.choice(['0', '1', '5', '70', '-1'])})",
                lambda: f"({e('i', d)} ** {r.choice(['0', '1', '2'])})",
                lambda: f"{r.choice(['-', '~', '+', 'abs', 'int', 'hash'])}({e('i', d)})",
                lambda: f"len({e(r.choice('sldt'), d)})",
                lambda: f"int({number()})",
                lambda: f"round({number()}{r.choice(['', ', -1', ', -2', ', None'])})",
                lambda: f"{e('s', d)}.{r.choice(['find', 'count', 'rfind', 'index'])}({e('s', d)}{r.choice(['', ', 1', ', -3', ', 1, 4'])})",
                lambda: f"{e('l', d)}.{r.choice(['count', 'index'])}({any_kind()})",
                lambda: f"({number()} {r.choice(['<', '<=', '>', '>=', '==', '!='])} {number()})",
                lambda: f"({any_kind()} {r.choice(['==', '!='])} {any_kind()})",
                lambda: f"({any_kind()} {r.choice(['in', 'not in'])} {e(r.choice('ldt'), d)})",
                lambda: f"({e('i', d)} {r.choice(['and', 'or'])} {e('i', d)})",
                lambda: f"({e('i', d)} if {any_kind()} else {e('i', d)})",
                lambda: f"{r.choice(['sum', 'max', 'min'])}([{e('i', d)}, {e('i', d)}])",
                lambda: f"divmod({number()}, {number()})[{r.choice('01')}]",
                lambda: f"(not {any_kind()})",
                lambda: f"bool({any_kind()})",
                lambda: f"ord({e('s', d)}[:1])",
                lambda: f"int({e('s', d)}{r.choice(['', ', 16', ', 0', ', 36'])})",
                lambda: f"({e('i', d)}).bit_length()",
                lambda: f"isinstance({any_kind()}, {r.choice(['int', 'str', '(list, tuple)', 'bool', 'dict', 'float', 'object'])})",
            ])()
        if kind == "f":
            return r.choice([
                lambda: f"({e('f', d)} {r.choice(['+', '-', '*', '/', '//', '%'])} {number()})",
                lambda: f"({number()} / {number()})",
                lambda: f"({e('f', d)} ** {r.choice(['2', '0', '-1', '0.5', '3'])})",
                lambda: f"{r.choice(['-', 'abs', 'float', '+'])}({e('f', d)})",
                lambda: f"round({e('f', d)}, {r.choice(['0', '1', '2', '5', '-1', '-3'])})",
                lambda: f"float({e(r.choice('isf'), d)})",
                lambda: f"sum([{number()}, {number()}, {number()}])",
                lambda: f"float({e('f', d)}).is_integer()",
                lambda: f"float({e('f', d)}).as_integer_ratio()",
                lambda: f"max({number()}, {number()})",
            ])()
        if kind == "s":
            return r.choice([
                lambda: f"({e('s', d)} + {e('s', d)})",
                lambda: f"({e('s', d)} * {r.choice(['0', '2', '3', '-1'])})",
                lambda: f"{e('s', d)}{self.slice()}",
                lambda: f"{e('s', d)}.{r.choice(METHODS)}",
                lambda: f"{r.choice(['str', 'repr', 'ascii'])}({any_kind()})",
                lambda: f"{e('s', d)}.replace({e('s', d)}, {e('s', d)}{r.choice(['', ', 1', ', -1'])})",
                lambda: f"{e('s', d)}.{r.choice(['center', 'ljust', 'rjust', 'zfill'])}({r.choice(['0', '3', '8', '11'])})",
                lambda: f"{e('s', d)}.join([{e('s', d)}, {e('s', d)}])",
                lambda: f"{e('s', d)}.{r.choice(['startswith', 'endswith', 'removeprefix', 'removesuffix', 'strip'])}({e('s', d)})",
                lambda: f"format({e('i', d)}, {self.spec('i')!r})",
                lambda: f"format({e('f', d)}, {self.spec('f')!r})",
                lambda: f"format({e('s', d)}, {self.spec('s')!r})",
                lambda: f"('%{r.choice(FLAGS)}{r.choice(['', '5', '10'])}{r.choice(['', '.0', '.2', '.7'])}{r.choice('diouxXeEfFgGsra')}' % ({number()},))",
                lambda: f"('%s|%r|%5s' % ({any_kind()}, {any_kind()}, {any_kind()}))",
                lambda: f"({e('s', d)} % {any_kind()})",
                lambda: f"'{{}} {{!r}} {{0}}'.format({any_kind()}, {any_kind()})" if r.random() < 0.1 else f"'{{}}-{{!r:>8}}'.format({any_kind()}, {e('s', d)})",
                lambda: f"{e('s', d)}.format({any_kind()}, {any_kind()})",
                lambda: f"str({number()})",
                lambda: f"chr({e('i', d)} % 1000 + 32)",
                lambda: f"{r.choice(['hex', 'oct', 'bin'])}({e('i', d)})",
                lambda: f"({e('s', d)} or {e('s', d)})",
                lambda: f"type({any_kind()}).__name__",
                lambda: f"', '.join(map(str, {e(r.choice('lt'), d)}))",
                lambda: f"''.join(sorted({e('s', d)}))",
            ])()
        if kind == "l":
            return r.choice([
                lambda: f"[{any_kind()}, {any_kind()}]",
                lambda: f"({e('l', d)} + {e('l', d)})",
                lambda: f"({e('l', d)} * {r.choice(['0', '2', '-1'])})",
                lambda: f"{e('l', d)}{self.slice()}",
                lambda: f"list({e(r.choice('sldt'), d)})",
                lambda: f"sorted({e(r.choice('lst'), d)}{r.choice(['', ', reverse=True', ', key=str', ', key=repr, reverse=True', ', key=lambda v: str(v)[::-1]'])})",
                lambda: f"[{r.choice(['v', 'v * 2', '(v, v)', 'str(v)', 'repr(v)', '[v]'])} for v in {e(r.choice('lst'), d)}{r.choice(['', ' if v', ' if len(str(v)) > 2'])}]",
                lambda: f"[a for x in {e('l', d)} for a in [x, {any_kind()}]]",
                lambda: f"list({r.choice(['enumerate', 'reversed'])}({e(r.choice('lst'), d)}))",
                lambda: f"list(zip({e(r.choice('lst'), d)}, {e(r.choice('lst'), d)}))",
                lambda: f"list(map({r.choice(['str', 'repr', 'bool', 'type', 'lambda v: v'])}, {e('t', d)}))".replace("type", "str"),
                lambda: f"{e('s', d)}.split({r.choice(['', repr(','), repr('b'), 'None, 1'])})",
                lambda: f"list({e('d', d)}.{r.choice(['keys', 'values', 'items'])}())",
                lambda: f"list(range({e('i', 0)} % 10{r.choice(['', ', 12', ', 20, 3', ', -5, -2'])}))",
                lambda: f"[*{e('l', d)}, *{e('t', d)}]",
                lambda: f"list(filter({r.choice(['None', 'lambda v: v != 1', 'bool'])}, {e('l', d)}))",
            ])()
        if kind == "t":
            return r.choice([
                lambda: f"({any_kind()}, {any_kind()})",
                lambda: f"({e('t', d)} + {e('t', d)})",
                lambda: f"{e('t', d)}{self.slice()}",
                lambda: f"tuple({e(r.choice('sldt'), d)})",
                lambda: f"(*{e('l', d)}, {any_kind()})",
                lambda: f"divmod({number()}, {number()})",
                lambda: f"{e('s', d)}.partition({e('s', d)})",
            ])()
        return r.choice([
            lambda: "{" + f"{e(r.choice('is'), d)}: {any_kind()}, {e(r.choice('isf'), d)}: {any_kind()}" + "}",
            lambda: "{**" + e("d", d) + ", **" + e("d", d) + "}",
            lambda: f"({e('d', d)} | {e('d', d)})",
            lambda: "{" + f"k: v for k, v in {e('d', d)}.items()" + "}",
            lambda: "{" + f"str(v): v for v in {e('l', d)}" + "}",
            lambda: f"dict(zip({e('s', d)}, {e('l', d)}))",
            lambda: f"dict.fromkeys({e(r.choice('st'), d)}, {any_kind()})",
            lambda: f"{e('d', d)}.copy()",
        ])()

    def slice(self):
        r = self.rng
        if r.random() < 0.4:
            return f"[{r.choice(['0', '1', '-1', '2', '-2', '5', 'True'])}]"
        part = lambda: r.choice(["", "", "0", "1", "-1", "2", "-3", "5", "100", "None"])
        step = r.choice(["", "", ":", ":1", ":2", ":-1", ":-2", ":3"])
        return f"[{part()}:{part()}{step}]"

    def show(self, expr):
        return [f"try: print(repr({expr}))", "except Exception as e: print(type(e).__name__, e)"]

    def statement(self, depth):
        r = self.rng
        kind = r.choice("iiffsssldt")
        indent = lambda lines: ["    " + line for line in lines]
        e = lambda k=None: self.expr(k or r.choice("ifsldt"), r.randint(1, 3))
        roll = r.random()
        if roll < 0.5 or depth <= 0:
            return self.show(e())
        if roll < 0.62:
            self.counter += 1
            name = f"v{self.counter}"
            lines = [f"{name} = {self.expr(kind, 0)}", f"try: {name} = {e(kind)}", "except Exception as e: print(type(e).__name__, e)"]
            self.names[kind].append(name)
            return lines
        if roll < 0.70:
            saved = {k: list(v) for k, v in self.names.items()}
            body = self.statement(depth - 1)
            self.names = saved
            orelse = self.statement(depth - 1)
            self.names = saved
            return ["try:"] + indent([f"c = {e()}"]) + ["except Exception: c = None", "if c:"] + indent(body) + ["else:"] + indent(orelse)
        if roll < 0.78:
            saved = {k: list(v) for k, v in self.names.items()}
            body = self.statement(depth - 1)
            self.names = saved
            tail = r.choice([["if n > 1: break"], ["if n == 1: continue"], []])
            return ["for n, x in enumerate(list('abc')):"] + indent(["print(n, x)"] + tail + body) + ["else:", "    print('for else')"]
        if roll < 0.85:
            error = r.choice(ERRORS)
            saved = {k: list(v) for k, v in self.names.items()}
            body = [f"print({e()})"]
            self.names = saved
            return ["try:", "    try:"] + indent(indent(body)) + [f"    except {error} as err:", "        print('handled', repr(err))", "    else:", "        print('fine')", "    finally:", "        print('finally')", "except Exception as err:", "    print('outer', type(err).__name__)"]
        if roll < 0.92:
            self.counter += 1
            name = f"f{self.counter}"
            a, b, c = e(), e(), e()
            call = r.choice([f"{a}", f"{a}, {b}", f"{a}, b={b}", f"*[{a}, {b}], {c}", f"{a}, {b}, {c}, k={a}", f"b={b}", f"**{{'a': {a}}}", "", f"{a}, a={b}", f"{a}, z={b}"])
            params = r.choice(["a, b=2, *args, k=None", "a, b=1", "a, /, b=0", "*args, **kw", "a, *, b=5", "a, b, **kw"])
            return [f"def {name}({params}):", "    return sorted((k, repr(v)) for k, v in locals().items())"] + self.show(f"{name}({call})")
        if roll < 0.96:
            items = e("l")
            return ["def g(xs):", "    n = 0", "    for x in xs:", "        n += 1", "        if n % 2: yield n, x", "    return n"] + self.show(f"list(g({items}))")
        target = e(r.choice("ld"))
        op = r.choice(["m.append(%s)", "m.extend(%s)", "m.insert(1, %s)", "m.pop()", "m.reverse()", "m.sort()", "m[0] = %s", "del m[0]", "m[1:2] = %s", "m.update(%s)", "m.setdefault('a', %s)", "m.pop('a', None)", "m += %s", "m *= 2", "m.remove(%s)", "m['q'] = %s", "m.clear()", "m[::2] = %s"])
        if "%s" in op:
            op = op % e()
        return ["try:", f"    m = {target}", f"    {op}", "    print(m)", "except Exception as e: print(type(e).__name__, e)"]

    def program(self):
        lines = []
        for _ in range(self.rng.randint(6, 14)):
            lines += self.statement(2)
        return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    for number in range(options.count):
        rng = random.Random(f"{options.seed}/{number}")
        sys.stdout.buffer.write(Programs(rng).program().encode() + b"\0")
