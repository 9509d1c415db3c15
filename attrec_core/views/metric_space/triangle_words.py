"""Why distance, not dot product: the items that each rule recommends to a user between two far-apart items."""

from __future__ import annotations

import numpy as np

from attrec_core.errors import number, ordinal
from attrec_core.explain.product_or_distance import Apart, apart, farthest_pair
from attrec_core.runs.cached_on_owner import cached, cached_latest
from attrec_core.runs.run import Run
from attrec_core.views.drawing.spec import most_popular
from attrec_core.views.page_context import Scene

RULES = {"product": "Dot product: how far along the arrow", "distance": "Distance: how near"}
DRAWN = 1500  # number of the most popular items that a figure shows
HALF = 50  # percent of the way from P to Q where u starts
EVEN = 1.25  # ratio of the longest to the shortest item below which lengths are called nearly equal
FIRST = 10  # number of each rule's top items that are compared


def choices(scene: Scene) -> list[int]:
    """Returns the items of the history, oldest first; without a history, the items of the window."""
    return list(dict.fromkeys((scene.history if len(scene.history) else scene.window).tolist()))


def offered_words(scene: Scene) -> str:
    """Returns where P and Q are chosen from, in words that follow the name of an item."""
    if scene.user is not None:
        return f"from {scene.who}'s history"
    return "from your picks" if len(scene.likes) else "from the window"


def pair(scene: Scene) -> tuple[int, int] | None:
    """Returns P and Q: as picked, else the two choices that are farthest apart; None without two items."""
    if scene.view.apart is not None:
        first, second = (scene.run.item_index[item] for item in scene.view.apart)
        return first, second
    return farthest_pair(scene.run, np.array(choices(scene), np.int64))


def between(scene: Scene) -> Apart | None:
    """Returns P, Q, and u between them; None without two items."""
    ends = pair(scene)
    if ends is None:
        return None
    share, taste = percent(scene) / 100, scene.moment.taste
    key = (*ends, share, None if taste is None else taste.tobytes())
    return cached_latest(scene.run, apart, *ends, share, taste, key=key, most=1)


def percent(scene: Scene) -> int:
    """Returns the position of u in percent of the way from P to Q."""
    return HALF if scene.view.between is None else scene.view.between


def drawn_items(scene: Scene, record: Apart, rule: str) -> np.ndarray:
    """Returns the most popular items and the items that the rule ranks above both P and Q, without P and Q."""
    return np.setdiff1d(np.union1d(popular_items(scene.run), record.beaten_by(rule)[:DRAWN]), record.pair)


@cached
def popular_items(run: Run) -> np.ndarray:
    return most_popular(np.arange(run.interactions.n_items), run.popularity, DRAWN)


def start(record: Apart, rule: str) -> str:
    """States the values of P and Q at u by the rule, and their ranks."""
    product = rule == "product"
    values = record.products if product else record.distances
    value_p, value_q = (number(values[item]) for item in record.pair)
    rank_p, rank_q = record.ranks(rule, record.pair).tolist()
    ranks = f"P is {ordinal(rank_p)} and Q {ordinal(rank_q)}" if rank_p != rank_q else f"P and Q are {ordinal(rank_p)}"
    at_u = f"u · P = {value_p} and u · Q = {value_q}" if product else f"u is {value_p} from P and {value_q} from Q"
    return f"{at_u}: {ranks} of {len(values):,}."


def beats_both(scene: Scene, record: Apart, rule: str) -> str:
    """States how many items the rule ranks above both P and Q, and the first of them; empty if there are none."""
    items = record.beaten_by(rule)
    if not len(items):
        return ""
    first = int(items[0])
    count = "1 item beats" if len(items) == 1 else f"{len(items):,} items beat"
    distance = "" if rule == "product" else f" at {number(record.distances[first])},"
    length, length_p, length_q = (number(record.lengths[item]) for item in (first, *record.pair))
    return f"{count} both. “{scene.title(first)}” is first{distance} with length {length} (P {length_p}, Q {length_q})."


def nearly_first(record: Apart) -> tuple[int, float] | None:
    """Returns the item with the largest product besides P and Q, and the factor by which its length would have to grow
    to beat both; None unless its product and the larger product of P and Q are above 0."""
    pair, products = list(record.pair), record.products.copy()
    to_beat = float(products[pair].max())
    products[pair] = -np.inf
    best = int(products.argmax())
    return (best, to_beat / float(products[best])) if products[best] > 0 and to_beat > 0 else None


def product_sentence(scene: Scene, record: Apart) -> str:
    """States the two products at u, the items that beat both, and the item that would beat both if it were longer."""
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
    """States the two distances at u, the items nearer than both, and why length does not matter."""
    end, longer = beats_both(scene, record, "distance"), nearly_first(record)
    if not end:
        end = "No other item is nearer than both."
        if longer is not None and not len(record.beaten_by("product")):
            item, times = longer
            now, longer_distance = float(record.distances[item]), distance_of_longer(record, item, times)
            effect = f"would be {number(longer_distance)} away instead of {number(now)}"
            if number(longer_distance) == number(now):
                effect = f"would still be {number(now)} away"
            no_help = ": length does not bring it nearer" if longer_distance >= now else ""
            end += f" If it were {longer_by(times)}, “{scene.title(item)}” {effect}{no_help}."
    return f"{start(record, 'distance')} {end}"


def longer_by(times: float) -> str:
    """States a factor of length, with enough digits to differ from 1."""
    if times < 1.005:
        return "hardly longer"
    return f"{times:.{1 if times >= 1.1 else 2}f} times as long"


def distance_of_longer(record: Apart, item: int, times: float) -> float:
    """Returns ‖u − times · V_i‖, computed from u · V_i, ‖V_i‖ and ‖u‖."""
    u = float(np.linalg.norm([record.u - record.origin[0], record.origin[1]]))
    length = times * float(record.lengths[item])
    return float(np.sqrt(max(u * u + length * length - 2 * times * float(record.products[item]), 0.0)))


def agreement_sentence(record: Apart) -> str:
    """States how many of their top items the two rules share, and the role of length."""
    by_product, by_distance = (record.best(rule, FIRST) for rule in RULES)
    shared, count = len(np.intersect1d(by_product, by_distance)), len(by_product)
    low, high = float(record.lengths.min()), float(record.lengths.max())
    intro = f"The two rules share {shared} of their top {count}."
    if high < EVEN * low:
        # d² = ‖u‖² + ‖V‖² − 2 u · V: for equal lengths, the two orders are the same.
        also = "also" if shared == count else "mostly also"
        effect = f"so the nearest items {also} have the largest dot product"
        if shared < count and shared <= count / 2:
            effect = "but small differences still change the order"
        return f"{intro} The items of this run are nearly equal in length ({number(low)} to {number(high)}), {effect}."
    mean_product, mean_distance = (number(float(record.lengths[rows].mean())) for rows in (by_product, by_distance))
    return (
        f"{intro} Lengths run from {number(low)} to {number(high)}: the top {count} have an average length of "
        f"{mean_product} by dot product and {mean_distance} by distance."
    )


def triangle_sentence(scene: Scene, record: Apart) -> str:
    """States the triangle inequality with the true distances; squared distances do not obey it."""
    u_to_p, u_to_q = (float(record.distances[item]) for item in record.pair)
    p_to_q = number(record.apart)
    text = (
        f"P and Q are {p_to_q} apart. u is {number(u_to_p)} from P and {number(u_to_q)} from Q, "
        f"{number(u_to_p + u_to_q)} in total."
    )
    if record.taste is not None:
        along, _, off_line = record.taste
        to_p, to_q = float(np.hypot(along, off_line)), float(np.hypot(along - record.apart, off_line))
        who = f"The trained vector of {scene.who}" if scene.user is not None else "The vector estimated from your picks"
        text += f" {who} is {number(to_p)} and {number(to_q)} away, {number(to_p + to_q)} in total."
    return f"{text} No point has a total below {p_to_q}, so no user can be near both."


def note(scene: Scene, record: Apart) -> str:
    """States how many items are drawn, and why the figures are exact."""
    total = len(record.lengths)
    drawn = f"Showing {min(total, DRAWN):,} of {total:,} items by their vectors V, and every item that beats both."
    return (
        f"{drawn} The figures are exact in all {scene.run.model_config.dim} dimensions: a dot product depends only on "
        "an item's projection onto the plane of P, Q and 0 (first picture), a distance to u only on its position along "
        "the line and its distance from it (second picture). These distances are not squared."
    )
