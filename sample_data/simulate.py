"""Simulate viewers, record the cause of each of their choices, and write the two CSV files beside this script.

The films are real (catalogue.csv); the viewers are not. A viewing has one of three causes: the next part of a
series, a mood set by one recent film, or the viewer's long-term taste. causes.csv names the cause and the earlier
viewing behind it. Run `python sample_data/simulate.py` to write both files again.

Every machine writes the same bytes: the only source of chance is `Generator.random()` of a seeded PCG64, and the
weights use + * / alone, whose results IEEE 754 fixes (exp, log and pow may differ in the last bit, and np.sum may
add in another order; np.cumsum adds from left to right).
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parent
HOUR, DAY = 3600, 86400
FIRST_SECOND, LAST_SECOND = 1_420_070_400, 1_735_689_599  # the years 2015 to 2024, UTC

FIRST_NAMES = """
    Ada Adil Aiko Akin Alba Amir Ana Anil Anna Anya Aram Arlo Asha Ava Aya Ayo Bao Bea Bela Ben Bilal Bo
    Bruno Cai Carl Cem Chen Clara Dana Dara Devi Dina Dora Ebo Edda Elena Eli Elif Ella Emil Emma Enzo Erik
    Esra Eva Ezra Femi Finn Gaia Gita Greta Hana Hans Hugo Ida Idris Ines Iris Ivan Jae Jan Jin Joao Jonas
    Jude Juan June Kai Kaya Kemi Kofi Lars Leila Lena Leo Li Lila Lin Lola Luca Lucy Maja Malik Mara Maria
    Mei Mia Mika Mina Miro Musa Nadia Nia Nils Nina Noa Noor Olga Omar Otto Pablo Petra Priya Rafi Raj Rania
    Ravi Rosa Ruth Sami Sana Sara Sven Tara Tomas Uma Vera Viktor Yara Yuki Yusuf Zain Zara Zoe
""".split()  # noqa: SIM905
SURNAMES = """
    Abe Adler Ali Bach Basu Berg Bell Blum Cano Chan Cho Costa Cruz Dahl Das Diaz Diop Eco Fox Gill Gomez
    Haas Hahn Hill Ito Jain Jung Kane Katz Khan Kim Klein Kone Lang Lee Levy Lund Luz Mayer Moss Nair Novak
    Okoye Ono Park Patel Perez Reed Roy Ruiz Rossi Sato Shah Silva Singh Stone Tan Vega Weber Wolf Wong Yang
    Young Zhou
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Parameters:
    """Everything that shapes the simulated world."""

    seed: int = 20180  # seed of PCG64; another seed gives another world
    viewers: int = 1000
    shortest: int = 25  # viewings of a viewer: uniform from shortest to longest, both included
    longest: int = 80
    window: int = 8  # L: how many of the latest viewings can cause the next one
    p_series: float = 0.45  # chance that the viewer looks for the next part of a series; often there is none
    p_mood: float = 0.12  # chance that the viewer tries to follow a mood; otherwise taste decides
    series_falls_to_mood: bool = False  # if no series is open: True tries a mood next, False uses taste at once
    latest_factor: float = 0.2  # weight of the latest viewing as the cause of a next part; earlier viewings have 1
    mood_falls_to_genre: bool = False  # if no film by a recent director is left: use the same main genre instead
    mood_sequel_factor: float = 0.0  # weight of later parts in a mood: 0 excludes sequels
    taste_sequel_factor: float = 0.05  # weight of later parts in taste: viewers rarely start a series at part 3
    opener_factor: float = 1.5  # first parts of a series are better known than other films
    favourite_genres: tuple[int, int] = (2, 3)  # fewest and most favourite genres per viewer
    favourite_weight: float = 12.0  # weight of a favourite genre, against 1 for any other
    popularity_offset: float = 15.0  # popularity is 1 / (rank + offset): a long tail, flatter when larger


class Film(NamedTuple):
    """One line of catalogue.csv."""

    item: str
    title: str
    year: int
    genres: tuple[str, ...]
    series: str
    directors: tuple[str, ...]


class Viewing(NamedTuple):
    """One line of interactions.csv."""

    user: str
    item: str
    timestamp: int


class Cause(NamedTuple):
    """One line of causes.csv; the last two fields are empty if the cause is taste."""

    user: str
    step: int
    item: str
    kind: str
    cause_step: int | str
    cause_item: str


def read_catalogue(path: Path) -> list[Film]:
    """Read the films in the order of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))[1:]
    return [
        Film(item, title, int(year), tuple(genres.split("|")), series, tuple(director.split(" & ")))
        for item, title, year, genres, series, director in lines
    ]


# A film, the kind of its cause and the causing step (None for taste).
Choice = tuple[int, str, int | None]


class World:
    """The films, with the relations and weights that all viewers share. A film is identified by its index."""

    def __init__(self, films: Sequence[Film], parameters: Parameters, rng: np.random.Generator) -> None:
        self.films = films
        self.parameters = parameters
        self.rng = rng
        film_indices = range(len(films))
        by_year = sorted(film_indices, key=lambda film: films[film].year)
        parts: dict[str, list[int]] = {}
        for film in by_year:
            if films[film].series:
                parts.setdefault(films[film].series, []).append(film)
        # later[f]: the parts after f, nearest first; empty for stand-alone films and last parts.
        self.later: list[list[int]] = [[] for _ in films]
        sequel = np.zeros(len(films), dtype=bool)
        opener = np.zeros(len(films), dtype=bool)
        for members in parts.values():
            opener[members[0]] = True
            for place, film in enumerate(members):
                self.later[film] = members[place + 1 :]
                sequel[film] = place > 0
        popularity = self.popularity(opener)
        self.mood_weight = np.where(sequel, parameters.mood_sequel_factor, 1.0) * popularity
        self.taste_weight = np.where(sequel, parameters.taste_sequel_factor, 1.0) * popularity
        makers = [set(film.directors) for film in films]
        self.same_director = [np.array([bool(mine & theirs) for theirs in makers]) for mine in makers]
        self.same_genre = [np.array([f.genres[0] == g.genres[0] for g in films]) for f in films]
        self.genres = sorted({genre for film in films for genre in film.genres})

    def popularity(self, opener: np.ndarray) -> np.ndarray:
        """Return each film's weight by a random popularity rank, which is made up and not the film's real success."""
        weights = np.zeros(len(self.films))
        for rank, film in enumerate(self.sample(len(self.films), len(self.films))):
            weights[film] = 1.0 / (rank + 1 + self.parameters.popularity_offset)
        return weights * np.where(opener, self.parameters.opener_factor, 1.0)

    def below(self, bound: int) -> int:
        """Draw an integer from 0 to bound - 1."""
        return int(self.rng.random() * bound)

    def sample(self, bound: int, count: int) -> list[int]:
        """Draw `count` different integers below `bound` (a Fisher-Yates shuffle, stopped early)."""
        pool = list(range(bound))
        for place in range(count):
            swap = place + self.below(bound - place)
            pool[place], pool[swap] = pool[swap], pool[place]
        return pool[:count]

    def choose(self, weights: np.ndarray) -> int | None:
        """Draw an index in proportion to its weight; None when no weight is above 0."""
        sums = np.cumsum(weights)
        if not sums[-1] > 0:
            return None
        # 1 - random() is in (0, 1], so the first sum that reaches the threshold never belongs to a weight of 0.
        return int(np.searchsorted(sums, (1.0 - self.rng.random()) * sums[-1], side="left"))

    def draw_taste(self) -> np.ndarray:
        """Draw favourite genres and weigh every film by them; a film's main genre counts double."""
        few, many = self.parameters.favourite_genres
        favourites = self.sample(len(self.genres), few + self.below(many - few + 1))
        weight = dict.fromkeys(self.genres, 1.0)
        weight |= {self.genres[place]: self.parameters.favourite_weight for place in favourites}
        counted = [(film.genres[0], *film.genres) for film in self.films]
        scores = [sum(weight[genre] for genre in genres) / len(genres) for genres in counted]
        return self.taste_weight * np.array(scores)

    def follow_series(self, history: list[int], unseen: np.ndarray) -> tuple[int, int] | None:
        """Pick a recent viewing with an unseen next part (the latest is less likely); return the part and its cause."""
        start = max(0, len(history) - self.parameters.window)
        causes: dict[int, int] = {}
        for step in range(start, len(history)):
            following = next((part for part in self.later[history[step]] if unseen[part]), None)
            if following is None:
                continue
            # Two recent parts may lead to the same next part; the part that is later in the series is its cause.
            rival = causes.get(following)
            if rival is None or history[step] in self.later[history[rival]]:
                causes[following] = step
        open_series = sorted(causes.items(), key=lambda pair: pair[1])
        latest = len(history) - 1
        weights = np.array([self.parameters.latest_factor if step == latest else 1.0 for _, step in open_series])
        chosen = self.choose(weights) if open_series else None
        return None if chosen is None else open_series[chosen]

    def follow_mood(self, history: list[int], unseen: np.ndarray) -> tuple[int, int] | None:
        """Pick a recent viewing with an unseen film of its director, each equally likely; return film and cause."""
        recent = range(max(0, len(history) - self.parameters.window), len(history))
        weights = self.mood_weight * unseen
        for same in (self.same_director, self.same_genre)[: 1 + self.parameters.mood_falls_to_genre]:
            open_moods = [step for step in recent if np.any(weights[same[history[step]]] > 0)]
            if open_moods:
                step = open_moods[self.below(len(open_moods))]
                film = self.choose(weights * same[history[step]])
                return None if film is None else (film, step)
        return None

    def pick(self, history: list[int], unseen: np.ndarray, taste: np.ndarray) -> Choice:
        """Pick the next film of a viewer, its kind and the step that caused it."""
        p, wish = self.parameters, self.rng.random()
        tries_series, tries_mood = wish < p.p_series, p.p_series <= wish < p.p_series + p.p_mood
        if tries_series and (choice := self.follow_series(history, unseen)):
            return choice[0], "series", choice[1]
        tries_mood |= tries_series and p.series_falls_to_mood
        if tries_mood and (choice := self.follow_mood(history, unseen)):
            return choice[0], "mood", choice[1]
        film = self.choose(taste * unseen)
        if film is None:
            raise ValueError("the catalogue is too small: a viewer has no film left to see")
        return film, "taste", None

    def live(self) -> list[Choice]:
        """Simulate one viewer; return the choices in order."""
        p = self.parameters
        taste, unseen = self.draw_taste(), np.ones(len(self.films), dtype=bool)
        history: list[int] = []
        story: list[Choice] = []
        for _ in range(p.shortest + self.below(p.longest - p.shortest + 1)):
            story.append(self.pick(history, unseen, taste))
            history.append(story[-1][0])
            unseen[story[-1][0]] = False
        return story

    def draw_gap(self) -> int:
        """Draw the seconds to the next viewing: the same day, some days later, or after a long break."""
        size = self.rng.random()
        if size < 0.3:
            return 2 * HOUR + self.below(7 * HOUR)
        return DAY + self.below(7 * DAY) if size < 0.9 else 8 * DAY + self.below(20 * DAY)

    def draw_times(self, count: int) -> list[int]:
        """Draw the times of a viewer's viewings, all within the years of the world."""
        gaps = [self.draw_gap() for _ in range(count - 1)]
        start = FIRST_SECOND + self.below(LAST_SECOND - FIRST_SECOND - sum(gaps))
        return list(accumulate(gaps, initial=start))


def simulate(films: Sequence[Film], parameters: Parameters) -> tuple[list[Viewing], list[Cause]]:
    """Simulate all viewers, in alphabetical order; return their viewings and the cause of each."""
    world = World(films, parameters, np.random.Generator(np.random.PCG64(parameters.seed)))
    names = [f"{first} {last}" for first in FIRST_NAMES for last in SURNAMES]
    rows: list[Viewing] = []
    causes: list[Cause] = []
    for user in sorted(names[number] for number in world.sample(len(names), parameters.viewers)):
        story = world.live()
        items = [films[film].item for film, _, _ in story]
        rows.extend(map(Viewing, [user] * len(items), items, world.draw_times(len(items))))
        for step, (_, kind, cause) in enumerate(story):
            cause_fields = ("", "") if cause is None else (cause, items[cause])
            causes.append(Cause(user, step, items[step], kind, *cause_fields))
    return rows, causes


def write_csv(path: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """Write through a temporary file, so that an interrupted run never leaves half a file under the real name."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
    temporary.replace(path)


def write_world(folder: Path, parameters: Parameters | None = None) -> None:
    """Simulate the world and write interactions.csv and causes.csv into `folder`."""
    rows, causes = simulate(read_catalogue(HERE / "catalogue.csv"), parameters or Parameters())
    write_csv(folder / "interactions.csv", Viewing._fields, rows)
    write_csv(folder / "causes.csv", Cause._fields, causes)


if __name__ == "__main__":
    write_world(HERE)
