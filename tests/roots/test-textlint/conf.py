extensions = ["myst_parser", "ext.checks.rawhtml", "ext.checks.textlint"]
myst_enable_extensions = ["colon_fence", "dollarmath", "tasklist"]
myst_dmath_double_inline = True
exclude_patterns = ["_build"]
