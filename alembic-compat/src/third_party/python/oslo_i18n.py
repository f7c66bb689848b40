def _same(text):
    return text


def _in_context(context, text):
    return text


def _by_number(singular, plural, number):
    return singular if number == 1 else plural


class TranslatorFactory:
    """Texts in the language that they are written in."""

    def __init__(self, domain, localedir=None):
        self.domain = domain
        self.primary = _same
        self.contextual_form = _in_context
        self.plural_form = _by_number
