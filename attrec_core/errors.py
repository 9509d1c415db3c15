"""The one error that people see: a sentence that says what is wrong, where, and what to do."""


class InputError(ValueError):
    """Bad input from outside (data, a run folder, a setting). `str(error)` is one sentence for people."""


def shown(value: object, limit: int = 60) -> str:
    """`value` for a sentence, text in quotes; cut to `limit` characters so that a huge field floods no terminal."""
    text = str(value)
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def sentence_of(error: BaseException) -> str:
    """What people are told of an error, whether in a terminal or on a page."""
    if isinstance(error, InputError):
        return " ".join(str(error).splitlines())
    if isinstance(error, OSError):
        what = f"{error.filename} cannot be read or written" if error.filename else "The output cannot be written"
        return f"{what}: {error.strerror or error}."
    if isinstance(error, MemoryError):
        return "This needs more memory than there is; try smaller settings, such as batch_size or dim."
    return f"This program has a fault: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
