import re as _re

whitespace = " \t\n\r\v\f"
ascii_lowercase = "abcdefghijklmnopqrstuvwxyz"
ascii_uppercase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ascii_letters = ascii_lowercase + ascii_uppercase
digits = "0123456789"
hexdigits = digits + "abcdef" + "ABCDEF"
octdigits = "01234567"
punctuation = r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""
printable = digits + ascii_letters + punctuation + whitespace


def capwords(s, sep=None):
    return (sep or " ").join(word.capitalize() for word in s.split(sep))


class Template:
    delimiter = "$"
    idpattern = r"[_a-z][_a-z0-9]*"

    def __init__(self, template):
        self.template = template

    def _expand(self, mapping, keywords, safe):
        mark = _re.escape(self.delimiter)
        pattern = _re.compile(
            r"%s(?:(%s)|(%s)|\{(%s)\}|())" % (mark, mark, self.idpattern, self.idpattern),
            _re.IGNORECASE)

        def one(match):
            doubled, plain, braced, bad = match.groups()
            if doubled is not None:
                return self.delimiter
            name = plain if plain is not None else braced
            if name is None:
                if safe:
                    return match.group()
                lines = self.template[:match.start()].splitlines(True)
                before = "".join(lines[:-1])
                raise ValueError("Invalid placeholder in string: line %d, col %d" % (
                    max(len(lines), 1), match.start() - len(before) + 1))
            if name in keywords:
                return str(keywords[name])
            if safe and name not in mapping:
                return match.group()
            return str(mapping[name])
        return pattern.sub(one, self.template)

    def substitute(self, mapping={}, /, **kws):
        return self._expand(mapping, kws, False)

    def safe_substitute(self, mapping={}, /, **kws):
        return self._expand(mapping, kws, True)
