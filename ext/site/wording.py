"""The words of the site's own frame, in the languages an edition can have."""

from __future__ import annotations

from collections.abc import Mapping

from sphinx.config import Config

from ext.site.settings import text

#: name: (Chinese, English). ``{}`` takes a value.
WORDS: Mapping[str, tuple[str, str]] = {
    "skip": ("跳到正文", "Skip to the text"),
    "home": ("首页", "Home"),
    "menu": ("目录", "Contents"),
    "topics": ("主题", "Topics"),
    "series": ("系列", "Series"),
    "tags": ("标签", "Tags"),
    "years": ("年份", "Years"),
    "browse": ("翻检", "Browse"),
    "references": ("参考文献", "References"),
    "guide": ("指南", "Guide"),
    "audit": ("审计", "Audit"),
    "search": ("检索", "Search"),
    "unsorted": ("其他", "Other topics"),
    "others": ("不属于系列的文章", "Not in a series"),
    "crumbs": ("所在位置", "You are here"),
    "on_this_page": ("本页目录", "On this page"),
    "previous": ("上一篇", "Previous"),
    "next": ("下一篇", "Next"),
    "along": ("沿着{}", "Along {}"),
    "source": ("原文", "Original"),
    "author": ("作者", "Author"),
    "licence": ("许可", "Licence"),
    "edit": ("修改此页", "Edit this page"),
    "date": ("日期", "Date"),
    "local": ("本版自撰", "Written for this edition"),
    "added": ("注疏", "Annotation"),
    "unverified": ("未核实", "Unverified"),
    "layers": ("看什么", "What to show"),
    "layers_all": ("全部", "All"),
    "layers_original": ("只看原文", "Original only"),
    "layers_folded": ("注疏折叠", "Commentary folded"),
    "origins": ("标明出处", "Where each part is from"),
    "unfold": ("展开或收起这段注疏", "Open or close this annotation"),
    "gap": ("第 {} 篇不在本版", "No. {} not in this edition"),
    "mode": ("明暗", "Colours"),
    "light": ("浅色", "Light"),
    "dark": ("深色", "Dark"),
    "auto": ("随系统", "As the system"),
    "posts": ("{} 篇", "{} posts"),
    "done": ("方程覆盖 {}", "{} of the equations covered"),
    "all_posts": ("全部文章", "All posts"),
    "newest": ("新近文章", "Newest posts"),
    "start": ("从哪里开始", "Where to start"),
    "start_from": ("自《{}》读起", "Begin with “{}”"),
    "finished": ("方程都有推导或解释的文章", "Posts with every equation derived or explained"),
    "by_topic": ("按主题读", "By topic"),
    "undated": ("日期不详", "Date unknown"),
    "empty": ("这里还没有文章", "There are no posts yet"),
    "empty_fetch": ("从 edition.toml 所写的博客取回文章，再重新构建：",
                    "Fetch the posts of the blog that edition.toml names, and build again:"),
    "empty_write": ("或者自己写一篇：把 Markdown 文件放进 source/posts/，文首写明 title、date 与 topic。",
                    "Or write one: put a Markdown file into source/posts/, with title, date and topic in its "
                    "front matter."),
    "search_hint": ("检索标题、正文与注疏", "Search titles, texts and annotations"),
    "not_found": ("没有这一页", "There is no such page"),
    "not_found_help": ("它可能改了名字。检索一下，或者从主题找起。",
                       "It may have been renamed. Search for it, or look through the topics."),
    "noscript": ("检索要用 JavaScript；没有它也可以从主题、系列与标签找起。",
                 "The search needs JavaScript; without it, look through topics, series and tags."),
}

#: How the states of a post are called; another word is shown as it is.
STATES: Mapping[str, tuple[str, str]] = {
    "draft": ("草稿", "Draft"),
    "pending": ("待注", "Not annotated"),
    "in-progress": ("注疏中", "In progress"),
    "completed": ("已完成", "Complete"),
}

#: What the search page says; ``search.js`` reads them from the page.
SEARCH_WORDS: Mapping[str, tuple[str, str]] = {
    "placeholder": ("检索：文字、标题、标签，或 LaTeX 公式", "Search texts, titles, tags, or a formula in LaTeX"),
    "button": ("检索", "Search"),
    "waiting": ("检索中……", "Searching…"),
    "count": ("共 {n} 篇", "{n} posts"),
    "none": ("没有找到“{q}”。换个说法，或者去掉筛选。",
             "Nothing found for “{q}”. Try other words, or fewer filters."),
    "near": ("没有找到“{q}”。最相近的是这些：", "Nothing found for “{q}”. The nearest are these:"),
    "meant": ("是不是要找“{w}”？", "Did you mean “{w}”?"),
    "topic_called": ("主题“{t}”的 {n} 篇", "The {n} posts of the topic “{t}”"),
    "start": ("输入词语即可检索；多个词用空格隔开，用引号括起的按原样查找。",
              "Type to search; separate words by spaces, put an exact phrase in quotation marks."),
    "more": ("再看 {n} 篇", "Show {n} more"),
    "all": ("查看全部结果", "See all results"),
    "filters": ("筛选", "Filters"),
    "any": ("不限", "Any"),
    "topic": ("主题", "Topic"),
    "series": ("系列", "Series"),
    "tag": ("标签", "Tag"),
    "year": ("年份", "Year"),
    "state": ("状态", "State"),
    "clear": ("清除筛选", "Clear filters"),
    "formulas": ("按公式检索“{q}”", "Search formulas for “{q}”"),
    "what": ("检索什么", "What to search"),
    "by_text": ("文字", "Text"),
    "by_formula": ("公式", "Formulas"),
    "formula_label": ("LaTeX 公式", "A formula in LaTeX"),
    "formula_placeholder": (r"\frac{\partial L}{\partial x}", r"\frac{\partial L}{\partial x}"),
    "formula_start": ("输入 LaTeX。空格与花括号不计；字母换了名也能找到，同名的排在前面；一个式子的片段就够。",
                      "Type LaTeX. Space and braces do not count; renamed letters are found too, after the same ones; "
                      "a piece of a formula is enough."),
    "formula_count": ("{n} 篇里有这个式子", "In {n} posts"),
    "formula_others": ("，另有 {n} 篇里有相近的", ", and something like it in {n} others"),
    "formula_near": ("没有整个的；{n} 篇里有相近的式子", "Nowhere as a whole; something like it in {n} posts"),
    "formula_none": ("没有找到“{q}”。试试其中的一段。", "Nothing found for “{q}”. Try a piece of it."),
    "whole": ("整个相同", "The whole formula"),
    "whole_renamed": ("整个相同，字母不同", "The whole formula, other letters"),
    "part": ("式子里有它", "Part of a formula"),
    "part_renamed": ("式子里有它，字母不同", "Part of a formula, other letters"),
    "alike": ("相近", "Something like it"),
    "origin": ("出自", "Stands in"),
    "original": ("原文", "the original"),
    "added": ("注疏", "the annotations"),
    "equation": ("公式", "Equation"),
    "in_text": ("文中", "In the text"),
    "more_here": ("还有 {n} 处", "{n} more here"),
    "further": ("再找", "Look further"),
    "file": ("浏览器不许从本地文件读取索引。请运行 make serve，再打开 http://127.0.0.1:8000/ 检索。",
             "A browser does not let a page opened from a file read the index. Run make serve in the project "
             "and open http://127.0.0.1:8000/ to search."),
    "missing": ("检索索引读不出来：{e}。重新运行 make html 会重建它。",
                "The search index cannot be read: {e}. Running make html again rebuilds it."),
}


#: Which posts of a series or topic rest on which.
GROUNDS_WORDS: Mapping[str, tuple[str, str]] = {
    "map": ("谁以谁为据", "What rests on what"),
    "map_legend": ("每行一篇，自上而下按先后；线从被依据的文章引到以它为据的文章：注疏所论、所用与所引的公式和定理。"
                   "断头是没有推导、没有证明或存疑的地方，各篇的缘由页逐个画出；空心圆点表示还以更晚的文章为据。",
                   "One post a line, the earlier above. A line leads from a post to one that rests on it, by the "
                   "formulas and theorems that its annotations are about, use or cite. What is open has no derivation "
                   "or proof, or is in doubt; the page of reasons of each post draws it. A hollow dot says that the "
                   "post also rests on a later one."),
    "open": ("（{} 处断头）", " ({} open)"),
    "builds_on": ("以此为据：{}", "Rests on: {}"),
    "leads_to": ("引用后来的：{}", "Rests on the later: {}"),
    "begins": ("不以这里的其他文章为据", "Rests on none of these"),
    "between": ("、", ", "),
}
#: Related posts, and the map of a series or topic.
RELATED_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("相关文章", "Related posts"),
    "out": ("本文引用的", "This post leads to"),
    "into": ("引用本文的", "What leads here"),
    "times": ("{} 处", "{} times"),
    "others": ("另外 {} 篇", "{} more"),
    "map": ("谁承接谁", "What builds on what"),
    "map_legend": ("每行一篇，自上而下按先后。线从被承接的文章引到承接它的文章，圆点越靠右，前面的铺垫越多；"
                   "隔着别篇也连得上的，不再另画。空心圆点表示还引用了更晚的文章。",
                   "One post a line, the earlier above. A line leads from a post to one that builds on it; the further "
                   "right its dot, the more comes before it. What is connected through another post is not drawn "
                   "twice. A hollow dot says that the post also leads to a later one."),
    "builds_on": ("承接：{}", "Builds on: {}"),
    "leads_to": ("引用后来的：{}", "Leads to the later: {}"),
    "begins": ("不承接这里的其他文章", "Builds on none of these"),
    "between": ("、", ", "),
}


def words(config: Config, table: Mapping[str, tuple[str, str]] = WORDS) -> dict[str, str]:
    """Return a table of words in the edition's language."""
    return {name: text(config, *both) for name, both in table.items()}
