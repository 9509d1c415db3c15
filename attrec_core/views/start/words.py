"""The first page: what the model does, where to begin, and the loaded run with its metrics."""

from __future__ import annotations

from attrec_core.errors import number
from attrec_core.runs.run import Run
from attrec_core.views.attention.words import NOTHING_TO_LOOK_AT, ranking_sentence
from attrec_core.views.page_context import Scene
from attrec_core.views.runs.words import METRICS
from attrec_core.views.start.figures import Story

INTRODUCTION = """
**AttRec** guesses what somebody will want next: it lets their last few items *look at* each other, and what they look
at most becomes the short-term intent **m**.

Where somebody's long-term taste lies, it keeps as a point **U**; the items nearest to both are recommended.

Here you can open it up: pick a person, change what they watched, and see every number move.
"""


# Pages that answer a question, and other ways in: the page's key, a title, what one does there.
DOORS = (
    (
        "attention",
        "What does it look at?",
        "The attention map of a person's recent items. Remove, add and reorder items and watch it change.",
    ),
    (
        "metric-space",
        "Where does everything lie?",
        "People and items as points: what is near is recommended. With the true neighbours beside the map.",
    ),
    (
        "score-split",
        "Short or long term?",
        "How each recommendation's distance splits in two, and what happens when their weight ω changes.",
    ),
)
WAYS_IN = (
    ("lesson", "Take the lesson", "Eight steps on these pages: predict, do, and see what really happens."),
    ("be-a-user", "Be a user", "Pick a few items that you like, and see yourself through the model's eyes."),
    ("data", "Bring your own data", "Upload a file, train a model of it in the Lab, and open it on every page."),
)


MEANINGS = {
    "hr@10": "Share of users whose true next item is among the first 10.",
    "hr@50": "Share of users whose true next item is among the first 50.",
    "ndcg@10": "Like HR@10, but a hit counts more the higher it stands.",
    "mrr": "Mean of 1 / rank of the true next item.",
}


def story_record(scene: Scene) -> Story:
    short, long = scene.ranking.parts()
    top = scene.ranking.top(5)
    nearest = tuple((scene.title(item), float(short[item]), float(long[item])) for item in top)
    titles, weights = map(scene.title, scene.window), scene.trace.column_weights.astype(float).tolist()
    return Story(scene.has_taste, tuple(titles), tuple(weights), nearest, story_sentence(scene))


def story_sentence(scene: Scene) -> str:
    """The picture in words."""
    if not scene.trace.intent.any():
        return NOTHING_TO_LOOK_AT
    first = scene.title(int(scene.ranking.top(1)[0])) if scene.ranking.candidates.any() else "nothing"
    best = scene.title(scene.window[int(scene.trace.column_weights.argmax())])
    who = "With this window" if not scene.has_taste else f"For {scene.who}, who has just seen this"
    return f"{who}, the model looks most at “{best}” and finds “{first}” nearest. {ranking_sentence(scene)}"


def run_sentence(run: Run, name: str) -> str:
    """The loaded run, in one sentence."""
    data, config = run.interactions, run.model_config
    mask = "no mask" if config.mask == "none" else f"mask {config.mask} the softmax"
    return (
        f"Run “{name}”: AttRec with d = {config.dim} dimensions, a window of L = {config.window}, ω = "
        f"{number(config.long_weight)}, {mask}; made from {data.n_interactions:,} interactions "
        f"of {data.n_users:,} users with {data.n_items:,} items, each user's last one held out to test it "
        f"(best after {run.history['best_epoch']} epochs)."
    )


def run_metrics(run: Run) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each metric on the test items."""
    metrics, count = run.metrics, run.metrics["n_users"]
    protocol = f"On the last item of {count:,} users, against all items they have not had; ties {metrics['tie_rule']}."
    return [(name, number(metrics[key], 3), f"{MEANINGS[key]} {protocol}") for key, name in METRICS.items()]
