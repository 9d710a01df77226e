"""The audit: the page that reviewers work from, and its machine-readable twins, all views of one summary."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from ext.audit import banner, builder, errata_page, grounding, listing, page, why
from ext.build.views import add_view
from ext.site.navigation import add_part


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the view and the outputs."""
    app.setup_extension("ext.audit.assess")
    app.setup_extension("ext.site.navigation")
    app.add_config_value("audit_base", "", "", types=frozenset({str}))
    app.add_config_value("audit_update", False, "", types=frozenset({bool}))
    app.add_config_value("audit_github", False, "", types=frozenset({bool}))
    app.add_builder(builder.AuditBuilder)
    app.add_css_file("cover.css", priority=900)
    app.add_js_file("cover.js", loading_method="defer")
    app.add_node(page.audit_part)
    app.add_directive("audit", page.AuditDirective)
    add_view(app, page.VIEW, page.digests)
    add_view(app, banner.VIEW, banner.digests)
    app.connect("env-updated", grounding.check)
    add_part(app, grounding.draw)
    app.connect("doctree-resolved", page.render)
    app.connect("doctree-resolved", banner.set_margins)
    app.connect("html-page-context", page.add_scripts)
    app.connect("html-page-context", banner.add_banner)
    app.connect("html-collect-pages", why.collect)
    app.connect("html-page-context", why.add_style)
    app.connect("html-collect-pages", listing.collect)
    app.connect("html-collect-pages", errata_page.collect)
    app.connect("build-finished", errata_page.remember)
    app.connect("build-finished", listing.write)
    app.connect("build-finished", why.remember)
    app.connect("build-finished", builder.write)
    app.connect("build-finished", builder.judge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
