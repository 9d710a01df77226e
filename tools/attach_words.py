"""What ``attach`` says, in the language of the edition: keys, questions, and the reasons of a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ext.edition.links.answers import Says
from ext.edition.links.proposals import Proposal
from ext.edition.site.terminal import printable
from tools.workspace import Workspace, spoken

#: What the keys say.
ANSWERS: Mapping[str, Says] = MappingProxyType({"d": "derives", "e": "explains", "u": "uses", "n": "no"})

#: name: (Chinese, English). ``{}`` takes a value.
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "d": ("推导了它", "derives"), "e": ("解释了它", "explains"), "u": ("只是用到", "only uses"), "n": ("不是", "no"),
    "s": ("在此拆开", "split here"), "z": ("撤回", "undo"), "m": ("看全文", "more"), "o": ("在编辑器里打开", "open"),
    "q": ("停", "quit"),
    "left": ("还有 {} 问", "{} left"), "again": ("第二处", "a second piece"),
    "place": ("第 {} 行，{}：", "line {}, {}: "),
    "display": ("第 {}/{} 式", "display {} of {}"),
    "closing": ("（它说自己正以此式收尾：d）", " (it says that it closes with this: d)"),
    "before": ("{} 在 {} 说过：{}；此后文字改过", "{} said on {} that it {}; its text changed since"),
    "no_key": ("没有这个键；{}", "no such key; {}"), "no_undo": ("没有可撤回的", "nothing to undo"),
    "no_split": ("这里拆不开：{}", "cannot be split here: {}"),
    "done": ("{} 个公式有了回答，{} 次按键，{} 分钟{}", "{} equations answered with {} keys in {} minutes{}"),
    "pace": ("，每分钟 {} 个", ", {} a minute"),
    "listed": ("{} 篇里有 {} 问", "{1} questions in {0} posts"),
    "queued": ("每分钟 {:.1f} 个 {:4} 问  {}", "{:5.1f} a minute  {:4} questions  {}"),
    "unsettled": ("注意：{}：不知道哪些是原文；先用 `python -m tools layers {}` 说清",
                  "note: {}: which text is the original's is unknown; settle it first: `python -m tools layers {}`"),
    "open": ("在浏览器里打开 {} 回答；按 Ctrl-C 停", "open {} and answer there; Ctrl-C stops"),
    "nothing": ("没有要问的了。", "Nothing is left to ask."),
    "derives": ("推导了它", "derives it"), "explains": ("解释了它", "explains it"), "uses": ("只是用到它", "uses it"),
    "no": ("不是", "is not about it"),
    "exact": ("全同", "exact"), "part": ("整个含在里面", "stands whole in it"),
    "left_side": ("左端相同，{}", "same left side, {}"), "runs": ("片段相同 {}", "{} of its runs"),
    "right": ("归结到同样的结果", "comes to the same"),
    "closes": ("以「这正是 ({})」收尾", "closes with “this is ({})”"),
    "titled": ("标题里有 ({})", "its title names ({})"),
    "mine": ("文中别的公式都不如它像", "more like it than any other equation"),
    "beside": ("前后的公式也在这附近", "its neighbours recur near here"),
    "topic": ("所说与公式前后的话最相近", "says most of what is said around it"),
    "fits": ("标题与开头最合这一式", "title and opening fit this equation best"),
    "lead": ("引语最相近", "the most similar lead"),
    "deriving": ("标题说是推导", "derives, by its title"), "therefore": ("引语：{}", "lead: {}"),
    "first": ("最先说到的", "the first to say so"),
    "starts": ("由此式出发", "starts from it"), "extra": ("另有 {} 是别的记号", "{} of it are other signs"),
    "general": ("泛泛的标题", "a general title"), "rival": ("更像文中另一个公式", "more like another equation"),
    "named": ("引用了 {}", "refers to {}"), "numbered": ("提到 ({})", "names ({})"),
    "crowd": ("重复了 {} 个公式", "repeats {} equations"),
})
#: The keys in the order in which they are offered: answers first.
KEYS = "deunsmozq"
#: Keys that the page of the browser has: it shows the whole, and is left by closing it.
PAGE_KEYS = "deunsz"


def words(place: Workspace) -> Mapping[str, str]:
    """Return the words in the language of an edition."""
    return spoken(place, WORDS)


def keys(said: Mapping[str, str]) -> str:
    """Return the line that says what the keys are."""
    return "  ".join(f"[{key}] {said[key]}" for key in KEYS)


def reasons(proposal: Proposal, said: Mapping[str, str]) -> list[str]:
    """Return why a piece is proposed, in words."""
    return [said["left_side" if name == "left" else name].format(printable(what)) for name, what in proposal.reasons]
