"""The one error that people see: a sentence that says what is wrong, where, and what to do."""


class InputError(ValueError):
    """Bad input from outside (data, a run folder, a setting). `str(error)` is one sentence for people."""


def shown(value: object, limit: int = 60) -> str:
    """`value` for a sentence, text in quotes; cut to `limit` characters so that a huge field floods no terminal."""
    text = str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(text) if isinstance(value, str) else text
