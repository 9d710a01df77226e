extensions = ["myst_parser", "ext.annotations"]
myst_enable_extensions = [
    "amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "tasklist"
]
myst_dmath_double_inline = True
exclude_patterns = ["_build"]
suppress_warnings = ["toc.not_included"]
language = "zh_CN"


def setup(app):
    """Give labelled equations an id and a number, as the numbering of equations does."""

    def identify(app, doctree):
        for number, node in enumerate(doctree.findall(lambda n: n.tagname == "math_block" and n.get("label")), 1):
            node["eqid"], node["numbers"] = node["label"], [str(number)]
            node["ids"].append(f"eq-{node['label']}")

    app.connect("doctree-read", identify)
