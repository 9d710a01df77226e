"""Small experiments that the build runs for the pages that show them: what is measured, beside what a formula says.

Each is a function without arguments; its random numbers come from a seed of its own, so that it always finds the same.
No number library is needed, and none of them takes as long as a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ext.edition.annotations.figures import chances, memories, training
from ext.edition.annotations.figures.chart import Chart

#: What a page may name.
EXPERIMENTS: Mapping[str, Callable[[], Chart]] = {
    "adam-rms": training.adam_rms,
    "attention-spread": memories.attention_spread,
    "batch-size": training.batch_size,
    "ddpm-gap": chances.ddpm_gap,
    "guidance": chances.guidance,
    "hippo-memory": memories.hippo_memory,
    "importance-mean": chances.importance_mean,
    "kl-reverse": chances.kl_reverse,
    "lse-bounds": chances.lse_bounds,
    "polar-steps": training.polar_steps,
    "recall": memories.recall,
    "rope-score": memories.rope_score,
    "straight-through": training.straight_through,
}
