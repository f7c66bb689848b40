from _limbeck import unsupported as _unsupported


def dedent(text):
    lines = [line if line.strip(" \t") else "" for line in text.split("\n")]
    margin = None
    for line in lines:
        if not line:
            continue
        blanks = line[:len(line) - len(line.lstrip(" \t"))]
        if margin is None:
            margin = blanks
        else:
            same = 0
            while same < min(len(margin), len(blanks)) and margin[same] == blanks[same]:
                same += 1
            margin = margin[:same]
    if margin:
        lines = [line[len(margin):] for line in lines]
    return "\n".join(lines)


def indent(text, prefix, predicate=None):
    if predicate is None:
        predicate = str.strip
    return "".join(prefix + line if predicate(line) else line for line in text.splitlines(True))


def wrap(text, width=70, *, initial_indent="", subsequent_indent="", **options):
    if options or width <= 0:
        _unsupported("an option of 'textwrap.wrap'")
    for c in "\t\n\x0b\x0c\r":
        text = text.expandtabs().replace(c, " ")
    chunks = []
    for word in text.split(" "):
        if "-" in word.strip("-"):
            _unsupported("'textwrap.wrap' of words with hyphens")
    for c in text:
        if chunks and (chunks[-1][0] == " ") == (c == " "):
            chunks[-1] += c
        else:
            chunks.append(c)
    lines = []
    while chunks:
        head = subsequent_indent if lines else initial_indent
        room = width - len(head)
        if lines and not chunks[0].strip():
            del chunks[0]
        line, size = [], 0
        while chunks and size + len(chunks[0]) <= room:
            size += len(chunks[0])
            line.append(chunks.pop(0))
        if chunks and len(chunks[0]) > room:
            left = room - size if room >= 1 else 1
            line.append(chunks[0][:left])
            chunks[0] = chunks[0][left:]
        if line and not line[-1].strip():
            del line[-1]
        if line:
            lines.append(head + "".join(line))
    return lines


def fill(text, width=70, **options):
    return "\n".join(wrap(text, width, **options))


def shorten(text, width, *, placeholder=" [...]"):
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    if len(placeholder.lstrip()) > width:
        raise ValueError("placeholder too large for max width")
    if "-" in text:
        _unsupported("'textwrap.shorten' of words with hyphens")
    kept = ""
    for word in text.split(" "):
        longer = kept + " " + word if kept else word
        if len(longer) + len(placeholder) > width:
            break
        kept = longer
    return kept + placeholder if kept else placeholder.lstrip()
