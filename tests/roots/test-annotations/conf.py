extensions = ["myst_parser", "ext.annotations.annotating"]
myst_enable_extensions = [
    "amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "tasklist"
]
myst_dmath_double_inline = True
exclude_patterns = ["_build"]
suppress_warnings = ["toc.not_included"]
language = "zh_CN"
