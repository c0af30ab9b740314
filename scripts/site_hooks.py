"""Hooks of mkdocs for the site: pages of files at the root, contents of the reference, a check of the result."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
log = logging.getLogger("mkdocs.plugins.site_hooks")

#: Files at the root that are pages of the site, too.
_ROOT_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")
#: The line above a column of a pair in the migration pages, and its fence.
_COLUMN = re.compile(r"(?m)^(apache-airflow-client|airflow-xcom-client):\n\n(```python)(?: official-\d)?$")
#: What the reference documents by a docstring.
_DOCUMENTED = re.compile(r"(?m)^::: (\S+)$")
#: A generated heading, and its anchor.
_HEADING = re.compile(r'(?s)<h(\d) id="([^"]+)" class="doc doc-heading">.*?</h\1>')
#: Elements that load something, and the attribute that says what.
_LOADING = {
    "audio": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "script": "src",
    "source": "src",
    "video": "src",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the files at the root, and the examples."""
    for name in _ROOT_PAGES:
        if (ROOT / name).exists():
            text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
            files.append(File.generated(config, name.lower(), content=_at_root(text, "](")))
    for program in sorted((ROOT / "examples").glob("*.py")):
        files.append(File.generated(config, f"examples/{program.name}", abs_src_path=str(program)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Make links to the files at the root links to their pages, and fences those of Python-Markdown."""
    markdown = _COLUMN.sub(r'\2 title="\1"', markdown)
    markdown = re.sub(r"(?m)^( *```python) [\w-]+$", r"\1", markdown)
    return _at_root(markdown, "](" + "../" * (page.file.src_uri.count("/") + 1))


def _at_root(markdown: str, prefix: str) -> str:
    for name in _ROOT_PAGES:
        markdown = markdown.replace(f"{prefix}{name}", f"{prefix.removesuffix('../')}{name.lower()}")
    return markdown


@event_priority(-100)  # when the anchors are known
def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Drop the generated headings of documented objects: a heading of the page, or its title, stands above them."""
    documented = set(_DOCUMENTED.findall(page.markdown))

    kept: list[Any] = []
    open_items: list[Any] = []
    for item in _flat(page.toc.items):
        item.children = []
        if item.id in documented:
            continue
        while open_items and open_items[-1].level >= item.level:
            open_items.pop()
        (open_items[-1].children if open_items else kept).append(item)
        open_items.append(item)
    page.toc.items = kept
    return _HEADING.sub(lambda found: f'<a id="{found[2]}"></a>' if found[2] in documented else found[0], html)


def _flat(items: list[Any]) -> list[Any]:
    return [each for item in items for each in (item, *_flat(item.children))]


class _Page(HTMLParser):
    """The anchors and the links of a page, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if tag in _LOADING and _LOADING[tag] in given and given.get("rel") != "canonical":
            self.loaded.add(given[_LOADING[tag]])


def on_post_build(config: Any) -> None:
    """Warn of links that lead nowhere, and of what pages load from other sites: a strict build fails then."""
    site = Path(config.site_dir)
    for path in [*site.rglob("*.css"), *site.rglob("*.svg")]:
        if re.search(r"url\([\"']?https?:", path.read_text(encoding="utf-8")):
            log.warning("%s loads something from another site", path.relative_to(site))
    pages = {path.resolve(): _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        if name.name == "404.html":
            continue  # its links begin at the root of the server
        for link in sorted(page.links | page.loaded):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded and parts.scheme != "data":
                    log.warning("%s loads %s from another site", name, link)
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                log.warning("%s has a link to %s, which does not exist", name, link)
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                log.warning("%s has a link to %s, which has no such anchor", name, link)
