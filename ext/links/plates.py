"""Show the pictures of posts in their place, with captions; where there is no copy, say so and where the picture is.

No build depends on a missing file or on another server, and no page asks one: a picture that is elsewhere becomes a
note with a link, unless ``site.hotlink`` says that readers may be sent there. A picture that stands alone is a figure;
the paragraph behind it that repeats what it shows is its caption.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.images import get_image_size

from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.links.crosslinks import post_link
from ext.site.settings import edition, text, writes_site

_LINKS = (nodes.reference, addnodes.pending_xref, post_link)
#: Ends of addresses of pictures: a link around a picture that leads to one only enlarges it.
_ENDS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".avif")


class ReadPictures(SphinxTransform):
    """Find out which pictures the edition has, and which stand alone."""

    default_priority = 12

    def apply(self, **kwargs: Any) -> None:
        """Make figures of the pictures of the document being read, and notes of those that are not here."""
        base = edition(self.config).site.url
        for image in list(self.document.findall(nodes.image)):
            uri = str(image["uri"])
            if urlsplit(uri).scheme in ("http", "https"):
                self._place(image, uri)
            elif not uri or ":" in uri.split("/")[0] or uri.endswith(".*"):
                continue
            elif (name := next(filter(self._is_here, dict.fromkeys((uri, unquote(uri)))), None)) is not None:
                image["uri"] = name  # the parser gives the name of a file as an address writes it
                self._place(image, None)
            elif base and uri.startswith("/"):
                self._place(image, urljoin(base, uri))
            else:
                message = f"there is no {unquote(uri)}"
                report(self.env, self.env.current_document.docname, Lint.PICTURE_MISSING, message, image)
                self._place(image, "")

    def _is_here(self, uri: str) -> bool:
        path = self.env.relfn2path(uri, self.env.current_document.docname)[1]
        try:
            here = Path(path).is_file()
        except OSError:  # a name that no file can have
            return False
        if not here and not uri.startswith("/"):
            self.env.note_dependency(path)  # the page is read again when the file has come
        return here

    def _place(self, image: nodes.image, address: str | None) -> None:
        """Put a picture, or where it is not here (it has an *address*, or an empty one) a note, in its place."""
        alt = " ".join(str(image.get("alt", "")).split())
        alone: nodes.Element = image
        while isinstance(alone.parent, (*_LINKS, nodes.inline)) and len(alone.parent.children) == 1:
            alone = alone.parent
        link = alone if isinstance(alone, _LINKS) else None
        whole = alone.parent
        block = isinstance(whole, nodes.paragraph) and all(
            one is alone or (isinstance(one, nodes.Text) and not one.strip()) for one in whole.children)
        if address is None:
            if block and (caption := self._caption(whole, alt)):
                whole.replace_self(nodes.figure("", alone, nodes.caption("", "", *caption)))
            return
        if not isinstance(whole, nodes.TextElement):  # of a figure, or by itself
            there = address if link is None or _enlarges(link, address) else str(link.get("refuri", address))
            alone.replace_self(self._note(address, alt, there))
        elif block and (link is None or _enlarges(link, address)):
            caption = self._caption(whole, alt) or ([nodes.Text(alt)] if alt else [])
            figure = nodes.figure("", self._note(address, alt, address))
            if caption:
                figure += nodes.caption("", "", *caption)
            whole.replace_self(figure)
        else:
            label = text(self.config, "图", "Figure")
            words = f"[{label}：{alt}]" if alt else f"[{label}]"
            within = link is not None or not address
            image.replace_self(nodes.Text(words) if within else nodes.reference("", words, refuri=address))

    def _caption(self, picture: nodes.Element, alt: str) -> list[nodes.Node]:
        """Take away the paragraph that repeats what a picture shows, and return what it says."""
        after = picture.next_node(descend=False, siblings=True)
        if not alt or not isinstance(after, nodes.paragraph) or " ".join(after.astext().split()) != alt:
            return []
        after.parent.remove(after)
        return list(after.children)

    def _note(self, address: str, alt: str, there: str) -> nodes.Element:
        said = text(self.config, "此图未收入本版", "This picture is not in the edition")
        note = nodes.paragraph("", said, classes=["zs-missing"])
        if address:
            note["picture"], note["alt"] = address, alt
            words = text(self.config, "看原图", "see it where it is")
            note += [nodes.Text(text(self.config, "：", ": ")), nodes.reference("", words, refuri=there)]
        return note


def _enlarges(link: nodes.Element, address: str) -> bool:
    """Say whether a link around a picture leads to the picture itself."""
    target = str(link.get("refuri") or link.get("url") or link.get("reftarget") or "")
    return target == address or urlsplit(target).path.lower().endswith(_ENDS)


class ShowPictures(SphinxPostTransform):
    """Say how large every picture is, so that nothing moves when it comes, and load it when it is near."""

    default_priority = 820
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Set size and loading, and put pictures from elsewhere in the place of their notes where that is allowed."""
        if not writes_site(self.env._app.builder):
            return
        if edition(self.config).site.hotlink:
            for note in [one for one in self.document.findall(nodes.paragraph) if one.get("picture")]:
                uri = note["picture"]
                note.parent.replace(note, nodes.image("", uri=uri, alt=note["alt"], candidates={"?": uri}))
        for image in self.document.findall(nodes.image):
            image["loading"] = "lazy"
            if not image.get("alt"):  # Sphinx puts a link around it, which would have no name
                image["classes"].append("no-scaled-link")
            if not image.attributes.keys() & {"width", "height", "scale"} and "://" not in str(image["uri"]):
                size = get_image_size(Path(self.env.srcdir) / str(image["uri"]))
                if size is not None and min(size) > 0:
                    image["width"], image["height"] = (str(pixels) for pixels in size)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what is done to pictures when they are read and when they are shown."""
    app.setup_extension("ext.links.crosslinks")
    app.add_transform(ReadPictures)
    app.add_post_transform(ShowPictures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
