"""How titles and numbers stand in a generated sentence."""

from __future__ import annotations

from attrec_core.runs import Run


def quoted(run: Run, item: int) -> str:
    """The title of an item as a sentence holds it; it is foreign text, which a page still has to escape."""
    return f"“{run.interactions.titles[item]}”"


def number(value: float, digits: int = 2) -> str:
    """.41 for 0.41, with −.41 below zero."""
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def listed(texts: list[str]) -> str:
    """a, b and c."""
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def rank(value: float) -> str:
    """12, or 12.5 in a tie."""
    return f"{value:,.1f}".removesuffix(".0")
