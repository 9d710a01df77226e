"""Ask the network for one thing at a time, politely and within limits: the only module that connects."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import requests
from protego import Protego
from requests_cache import CachedSession
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from ext.edition.site.config import Fetch
from ext.edition.site.errors import EditionError
from tools.fetch.guard import GuardedAdapter

#: The site says so for good: asking again would be hammering.
_FINAL = {401: "asks for a login", 403: "is forbidden", 404: "does not exist", 410: "is gone",
          451: "is withheld for legal reasons"}
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
#: Seconds that one run is ready to wait when a site says how long (Retry-After, Crawl-delay).
_PATIENCE = 120.0
#: Requests in a row that may fail before a host is left alone for the rest of the run.
_STRIKES = 2
_ROBOTS_BYTES = 512_000
_NO_SUCH_HOST = "cannot be reached: no address is known for"


class Refused(EditionError):
    """The site will not give this: recorded, and not asked for again."""


class Gone(Refused):
    """The site says that there is no such page."""


class Unreachable(EditionError):
    """The site could not be asked now: the next run tries again."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a URL answered: the address after redirects, its bytes and its ``Content-Type``."""

    url: str
    body: bytes
    content_type: str = ""


class Client:
    """A polite reader: robots.txt, one request at a time with a delay per host, retries, a disk cache.

    ``cache`` is a folder for conditional requests; ``sleep`` is replaced in tests.
    """

    def __init__(self, settings: Fetch, *, agent: str, cache: Path | None = None, allow_private: bool = False,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._agent = agent
        self._sleep = sleep
        self._session: requests.Session = _session(cache)
        # A proxy or .netrc of the environment would undo the check of addresses, and send passwords along.
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": agent, "Accept-Encoding": "gzip, deflate"})
        self._adapter = GuardedAdapter(allow_private=allow_private, seconds=settings.max_seconds)
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)
        self._rules: dict[str, Protego] = {}
        self._last: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self._reasons: dict[str, str] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._session.close()

    def get(self, url: str, *, max_bytes: int | None = None, keep: bool = True) -> Page:
        """Return what *url* answers; raise :class:`Refused` or :class:`Unreachable` with the reason.

        ``keep=False`` leaves the answer out of the disk cache (images, which are stored anyway).
        """
        return self._follow(url, max_bytes or self._settings.max_bytes, keep=keep, robots=True)

    def _follow(self, url: str, limit: int, *, keep: bool, robots: bool) -> Page:
        start = url
        for _ in range(self._settings.max_redirects + 1):
            if urlsplit(url).scheme not in ("http", "https"):
                raise Refused("is not an http or https address", where=url, remedy="correct the address")
            if robots:
                self._obey(url)
            answer = self._ask(url, limit, keep=keep)
            target = self._session.get_redirect_target(answer)
            if target is None:
                return self._page(answer)
            url = urljoin(url, target)
        raise Unreachable(f"redirects more than {self._settings.max_redirects} times", where=start,
                          remedy="open the address in a browser, and give the one it ends at")

    def _page(self, answer: requests.Response) -> Page:
        url, status = str(answer.url), answer.status_code
        if status in _FINAL:
            kind = Gone if status in (404, 410) else Refused
            raise kind(f"{status}: {_FINAL[status]}", where=url,
                       remedy="correct the address, or save the page and use --pages")
        if status != 200:
            raise Unreachable(f"answers with status {status}", where=url,
                              remedy="run the command again later")
        return Page(url, answer.content, answer.headers.get("Content-Type", ""))

    def _ask(self, url: str, limit: int, *, keep: bool) -> requests.Response:
        """Send one request, again after failures that may pass; redirects are the caller's."""
        host = urlsplit(url).netloc
        if self._strikes.get(host, 0) >= _STRIKES:
            raise Unreachable(f"its host is left alone for this run: it {self._reasons[host]}", where=url,
                              remedy="run the command again later")
        policy = Retry(total=self._settings.retries, backoff_factor=self._settings.delay, backoff_max=60)
        while True:
            self._pause(url)
            answer, problem = self._try(url, limit, keep=keep)
            if answer is not None and answer.status_code not in _RETRIED:
                self._strikes.pop(host, None)
                return answer
            wait = policy.get_retry_after(answer.raw) if answer is not None else None
            if wait is not None and wait > _PATIENCE:
                self._strike(host, f"asked to wait {wait:.0f} seconds", _STRIKES)
                raise Unreachable(f"asks to wait {wait:.0f} seconds", where=url,
                                  remedy="run the command again after that time")
            if problem.startswith(_NO_SUCH_HOST):
                # A name that is unknown now will be unknown in ten seconds.
                self._strike(host, problem, _STRIKES)
                raise Unreachable(problem, where=url, remedy="check the address and the connection")
            if policy.total == 0:
                break
            policy = policy.increment("GET", urlsplit(url).path or "/", error=HTTPError(problem))
            self._sleep(policy.get_backoff_time() if wait is None else wait)
        self._strike(host, problem, 1)
        tries = self._settings.retries + 1
        raise Unreachable(f"{problem} ({tries} {'try' if tries == 1 else 'tries'})", where=url,
                          remedy="check the address and the connection, and run the command again later")

    def _strike(self, host: str, reason: str, number: int) -> None:
        self._strikes[host] = self._strikes.get(host, 0) + number
        self._reasons[host] = reason

    def _try(self, url: str, limit: int, *, keep: bool) -> tuple[requests.Response | None, str]:
        self._adapter.limit = limit
        headers = {} if keep else {"Cache-Control": "no-store"}
        try:
            answer = self._session.get(url, timeout=self._settings.timeout, headers=headers,
                                       allow_redirects=False)
        except requests.exceptions.SSLError as error:
            return None, f"has no valid certificate: {_cause(error)}"
        except requests.exceptions.Timeout:
            return None, f"did not answer within {self._settings.timeout:g} seconds"
        except requests.exceptions.ConnectionError as error:
            if "NameResolutionError" in repr(error):
                return None, f"{_NO_SUCH_HOST} {urlsplit(url).hostname}"
            return None, f"cannot be reached: {_cause(error)}"
        except (requests.exceptions.RequestException, HTTPError) as error:
            return None, f"broke off: {_cause(error)}"
        return answer, f"answers with status {answer.status_code}"

    def _pause(self, url: str) -> None:
        """Keep the distance between two requests to one host, the longer of ours and the site's."""
        parts = urlsplit(url)
        rules = self._rules.get(f"{parts.scheme}://{parts.netloc}")
        wished = float(rules.crawl_delay(self._agent) or 0) if rules and self._settings.delay else 0.0
        delay = max(self._settings.delay, min(wished, _PATIENCE))
        if (last := self._last.get(parts.netloc)) is not None and (rest := last + delay - time.monotonic()) > 0:
            self._sleep(rest)
        self._last[parts.netloc] = time.monotonic()

    def _obey(self, url: str) -> None:
        """Raise :class:`Refused` when the site's robots.txt asks programs not to read *url*."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            try:
                page = self._follow(f"{origin}/robots.txt", _ROBOTS_BYTES, keep=True, robots=False)
                text = page.body.decode("utf-8-sig", "replace")
            except Refused:
                text = ""  # no rules: everything may be read
            self._rules[origin] = Protego.parse(text)
        if not self._rules[origin].can_fetch(url, self._agent):
            raise Refused("robots.txt asks programs not to read it", where=url,
                          remedy="ask the author, or save the page in a browser and use --pages")


def _session(cache: Path | None) -> requests.Session:
    """Return a session that asks again only for what changed, when there is a folder to remember in."""
    if cache is None:
        return requests.Session()
    cache.mkdir(parents=True, exist_ok=True)
    return CachedSession(str(cache / "http.sqlite"), backend="sqlite", serializer="json",
                         expire_after=0, always_revalidate=True, allowable_codes=(200,))


def _cause(error: BaseException) -> str:
    """Return the innermost reason in one line, without the object addresses of urllib3's messages."""
    inner: BaseException = error
    while (after := getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)) is not None \
            and isinstance(after, BaseException):
        inner = after
    text = str(inner).split(">: ")[-1].split("): ")[-1] or type(inner).__name__
    return " ".join(text.split())[:200]
