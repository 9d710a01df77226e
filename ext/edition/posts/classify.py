"""Choose the topic of a post by its words and its series, with the reason; say when it is not sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ext.edition.posts import keywords, series
from ext.edition.posts.keywords import Hit, Text
from ext.edition.posts.series import Place
from ext.edition.site.config import Classify, Edition, Topic

#: What the topic of its series counts for a post: more than a single word of the title, less than several.
SERIES = 12.0


@dataclass(frozen=True, slots=True)
class Score:
    """What speaks for one topic."""

    topic: str
    points: float
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The topic of a post, its series, and what they were chosen by. ``scores`` has the best first."""

    scores: tuple[Score, ...]
    sure: bool
    place: Place | None = None

    @property
    def topic(self) -> str:
        """The best topic, sure or not; empty when nothing speaks for any."""
        return self.scores[0].topic if self.scores else ""

    @property
    def why(self) -> str:
        """The reason in words."""
        return keywords.why(self.scores[0].hits) if self.scores else "no word of any topic"

    @property
    def doubt(self) -> str:
        """Why the decision is not sure; empty when it is."""
        if self.sure:
            return ""
        if not self.scores:
            return self.why
        best, *others = self.scores
        rival = f", {others[0].topic} {others[0].points:g}: {keywords.why(others[0].hits, 2)}" if others else ""
        return f"{best.topic} {best.points:g}: {self.why}{rival}"


def vocabulary(topic: Topic) -> Mapping[str, float]:
    """Return the words of a topic with their weights."""
    return {**dict.fromkeys(topic.keywords, 1.0), **keywords.flat(topic.words)}


def scores(text: Text, topics: Iterable[Topic], series_topic: str = "", series_name: str = "") -> tuple[Score, ...]:
    """Return what speaks for each topic that anything speaks for, the best first; of equals the first in order."""
    found = []
    for topic in topics:
        hits = keywords.hits(text, vocabulary(topic))
        if topic.name == series_topic:
            hits = (Hit(series_name, "series", SERIES), *hits)
        if (points := keywords.total(hits)) > 0:
            found.append(Score(topic.name, points, hits))
    return tuple(sorted(found, key=lambda score: -score.points))


def sure(ranked: tuple[Score, ...], rule: Classify) -> bool:
    """Return whether the best topic has enough points, and enough more than the next."""
    if not ranked or ranked[0].points < rule.least:
        return False
    return len(ranked) == 1 or ranked[0].points >= rule.margin * ranked[1].points


def decide(text: Text, edition: Edition) -> Decision:
    """Return the topic and series of a post."""
    place = series.place(text.title, edition.series)
    of_series = {one.name: one.topic for one in edition.series}
    ranked = scores(text, edition.topics, of_series.get(place.series, "") if place else "",
                    place.series if place else "")
    return Decision(ranked, sure(ranked, edition.classify), place)


def translate(name: str, edition: Edition) -> str:
    """Return what the edition calls the topic that another list calls *name*; empty when it has none such."""
    return next((topic.name for topic in edition.topics if name in (topic.name, *topic.aliases)), "")
