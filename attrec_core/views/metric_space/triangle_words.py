"""Why distance, not dot product: what each rule recommends to a user between two far-apart items."""

from __future__ import annotations

import numpy as np

from attrec_core.errors import number, ordinal
from attrec_core.explain.product_or_distance import Apart, apart, farthest_pair
from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.drawing.spec import most_popular
from attrec_core.views.page_context import Scene

RULES = {"product": "Dot product: how far along the arrow", "distance": "Distance: how near"}
DRAWN = 1500  # items that a picture shows; beyond, the most popular
HALF = 50  # percent of the way from P to Q where u starts
EVEN = 1.25  # longest by shortest item up to which lengths are called nearly equal
FIRST = 10  # of each rule that are compared


def choices(scene: Scene) -> list[int]:
    """Items of the history, oldest first; without a user, those in the window."""
    return list(dict.fromkeys((scene.history if len(scene.history) else scene.window).tolist()))


def offered_words(scene: Scene) -> str:
    """Which items there are to choose from, behind the name of one."""
    if scene.user is not None:
        return f"from {scene.who}'s history"
    return "from your picks" if len(scene.likes) else "from the window"


def pair(scene: Scene) -> tuple[int, int] | None:
    """P and Q: as picked, else the two of them that lie farthest apart; None where there are no two."""
    if scene.view.apart is not None:
        first, second = (scene.run.item_index[item] for item in scene.view.apart)
        return first, second
    return farthest_pair(scene.run, np.array(choices(scene), np.int64))


def between(scene: Scene) -> Apart | None:
    """P, Q, and u between them; None where there are no two items."""
    chosen = pair(scene)
    if chosen is None:
        return None
    share, taste = percent(scene) / 100, scene.moment.taste
    key = (*chosen, share, None if taste is None else taste.tobytes())
    return cached_latest(scene.run, apart, *chosen, share, taste, key=key, most=1)


def percent(scene: Scene) -> int:
    """How far u has gone from P to Q."""
    return HALF if scene.view.between is None else scene.view.between


def drawn_items(scene: Scene, record: Apart, rule: str) -> np.ndarray:
    """The most popular items, and all that the rule puts before both P and Q."""
    return np.setdiff1d(np.union1d(popular_items(scene.run), record.beaten_by(rule)[:DRAWN]), record.pair)


@cached
def popular_items(run: Run) -> np.ndarray:
    return most_popular(np.arange(run.interactions.n_items), run.popularity, DRAWN)


def start(record: Apart, rule: str) -> str:
    """What the rule says of P and Q: the two values at u, and the ranks."""
    product = rule == "product"
    values = record.products if product else record.distances
    first, second = (number(values[item]) for item in record.pair)
    a, b = record.ranks(rule, record.pair).tolist()
    placed = f"P is {ordinal(a)} and Q {ordinal(b)}" if a != b else f"P and Q are {ordinal(a)}"
    at_u = f"u · P = {first} and u · Q = {second}" if product else f"u is {first} from P and {second} from Q"
    return f"{at_u}: {placed} of {len(values):,}."


def beats_both(scene: Scene, record: Apart, rule: str) -> str:
    """How many items the rule puts before P and Q, and which is the first of them; empty where there is none."""
    items = record.beaten_by(rule)
    if not len(items):
        return ""
    first = int(items[0])
    count = "1 item beats" if len(items) == 1 else f"{len(items):,} items beat"
    reached = "" if rule == "product" else f" at {number(record.distances[first])},"
    length, of_p, of_q = (number(record.lengths[item]) for item in (first, *record.pair))
    return f"{count} both. “{scene.title(first)}” is first{reached} with length {length} (P {of_p}, Q {of_q})."


def nearly_first(record: Apart) -> tuple[int, float] | None:
    """The item with the largest product after P and Q, and how many times as long it would have to be to beat both;
    None when no other one is above 0."""
    pair, products = list(record.pair), record.products.copy()
    most = float(products[pair].max())
    products[pair] = -np.inf
    best = int(products.argmax())
    return (best, most / float(products[best])) if products[best] > 0 and most > 0 else None


def product_sentence(scene: Scene, record: Apart) -> str:
    """The two products at u, what beats both, and what would if it were longer."""
    end, longer = beats_both(scene, record, "product"), nearly_first(record)
    if not end and longer is None:
        end = "No other item beats both."
    elif not end and longer is not None:
        item, times = longer
        end = (
            f"No other item beats both; “{scene.title(item)}” would if it were {longer_by(times)}: a dot "
            "product grows with length."
        )
    return f"{start(record, 'product')} {end}"


def distance_sentence(scene: Scene, record: Apart) -> str:
    """The two distances at u, the items nearer than both, and why length does not matter."""
    end, longer = beats_both(scene, record, "distance"), nearly_first(record)
    if not end:
        end = "No other item is nearer than both."
        if longer is not None and not len(record.beaten_by("product")):
            item, times = longer
            now, then = float(record.distances[item]), distance_of_longer(record, item, times)
            away = f"would be {number(then)} away instead of {number(now)}"
            if number(then) == number(now):
                away = f"would still be {number(now)} away"
            no_help = ": length does not bring it nearer" if then >= now else ""
            end += f" If it were {longer_by(times)}, “{scene.title(item)}” {away}{no_help}."
    return f"{start(record, 'distance')} {end}"


def longer_by(times: float) -> str:
    """How much longer, with a digit that tells it from not at all."""
    if times < 1.005:
        return "hardly longer"
    return f"{times:.{1 if times >= 1.1 else 2}f} times as long"


def distance_of_longer(record: Apart, item: int, times: float) -> float:
    """‖u − times · V_i‖, from u · V_i, ‖V_i‖ and ‖u‖."""
    u = float(np.linalg.norm([record.u - record.origin[0], record.origin[1]]))
    long = times * float(record.lengths[item])
    return float(np.sqrt(max(u * u + long * long - 2 * times * float(record.products[item]), 0.0)))


def agreement_sentence(record: Apart) -> str:
    """Whether the two rules put the same items first, and what length has to do with it."""
    by_product, by_distance = (record.best(rule, FIRST) for rule in RULES)
    shared, count = len(np.intersect1d(by_product, by_distance)), len(by_product)
    low, high = float(record.lengths.min()), float(record.lengths.max())
    same = f"The two rules share {shared} of their top {count}."
    if high < EVEN * low:
        # d² = ‖u‖² + ‖V‖² − 2 u · V: for one length, the two orders are the same.
        also = "also" if shared == count else "mostly also"
        nearest = f"so the nearest items {also} have the largest dot product"
        if shared < count and shared <= count / 2:
            nearest = "but small differences still change the order"
        return f"{same} The items of this run are nearly equal in length ({number(low)} to {number(high)}), {nearest}."
    mean_product, mean_distance = (number(float(record.lengths[rows].mean())) for rows in (by_product, by_distance))
    return (
        f"{same} Lengths run from {number(low)} to {number(high)}: the top {count} have an average length of "
        f"{mean_product} by dot product and {mean_distance} by distance."
    )


def triangle_sentence(scene: Scene, record: Apart) -> str:
    """The triangle inequality with the true distances; not squared, since squared ones do not obey it."""
    a, b = (float(record.distances[item]) for item in record.pair)
    whole = number(record.apart)
    ways = f"P and Q are {whole} apart. u is {number(a)} from P and {number(b)} from Q, {number(a + b)} in total."
    if record.taste is not None:
        along, _, off = record.taste
        to_p, to_q = float(np.hypot(along, off)), float(np.hypot(along - record.apart, off))
        who = f"The trained vector of {scene.who}" if scene.user is not None else "The vector estimated from your picks"
        ways += f" {who} is {number(to_p)} and {number(to_q)} away, {number(to_p + to_q)} in total."
    return f"{ways} No point has a total below {whole}, so no user can be near both."


def note(scene: Scene, record: Apart) -> str:
    """How many items are drawn, and why nothing is bent in these pictures."""
    total = len(record.lengths)
    drawn = f"Showing {min(total, DRAWN):,} of {total:,} items by their vectors V, and every item that beats both."
    return (
        f"{drawn} The figures are exact in all {scene.run.model_config.dim} dimensions: a dot product depends only on "
        "an item's projection onto the plane of P, Q and 0 (left), a distance to u only on its position along the line "
        "and its distance from it (right). These distances are not squared."
    )
