"""Ask the network for one thing at a time, politely and within limits: the only module that connects."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from types import TracebackType
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import requests
from protego import Protego
from requests_cache import CachedSession
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from ext.edition.site.config import Fetch
from ext.edition.site.errors import EditionError
from tools.fetch.answered import Gone, Page, Refused, Unreachable
from tools.fetch.guard import ENCODINGS, GuardedAdapter, TooSlow

#: The site says so for good: asking again would be hammering.
_FINAL = {401: "asks for a login", 403: "is forbidden", 404: "does not exist", 410: "is gone",
          451: "is withheld for legal reasons"}
_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
#: Seconds that one run is ready to wait when a site says how long (Retry-After, Crawl-delay).
_PATIENCE = 120.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: After so many strikes a host's addresses are tried once each; after so many more it is left alone for the run.
_STRIKES, _OUT = 2, 20
_ROBOTS_BYTES = 512_000
_NO_SUCH_HOST = "cannot be reached: no address is known for"


class Blame(Enum):
    """Whom a failure concerns."""

    HOST = "the host could not be reached"
    SLOW = "the host answers, and did not end in time"
    ANSWER = "the host answers, and the answer cannot be taken"


#: Strikes for an address that failed: a host that is down is out after two. One bad post, or ten, are no reason to
#: leave the others alone, and those of the next run too.
_WEIGHT = {Blame.HOST: _OUT // 2, Blame.SLOW: 2, Blame.ANSWER: 1}


class _Unchanged(EditionError):
    """The site says that this has not changed since."""


class Client:
    """A polite reader: robots.txt, one request at a time with a delay per host, retries, a disk cache.

    ``cache`` is a folder for conditional requests; ``sleep`` is replaced in tests.
    """

    def __init__(self, settings: Fetch, *, agent: str, cache: Path | None = None, allow_private: bool = False,
                 sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._agent = agent
        self._sleep = sleep
        self._adapter = GuardedAdapter(allow_private=allow_private, seconds=settings.max_seconds)
        self._session: requests.Session
        self._open(cache)
        self._rules: dict[str, Protego] = {}
        self._last: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self._since = ""
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

    def changed(self, url: str, since: str, *, max_bytes: int | None = None) -> bytes | None:
        """Return what *url* answers if that has changed since a day (YYYY-MM-DD), as far as the site knows; else None.

        The day itself counts as after: what changed later on it is asked for again.
        """
        day = datetime.datetime.fromisoformat(since[:10]).replace(tzinfo=datetime.UTC)
        self._since = email.utils.format_datetime(day, usegmt=True)
        try:
            return self._follow(url, max_bytes or self._settings.max_bytes, keep=False, robots=True).body
        except _Unchanged:
            return None
        finally:
            self._since = ""

    def _follow(self, url: str, limit: int, *, keep: bool, robots: bool) -> Page:
        start = url
        for _ in range(self._settings.max_redirects + 1):
            if address(url) is None:
                raise Refused("is not an http or https address", where=start if url == start else f"{start} -> {url}",
                              remedy="correct the address")
            if robots:
                self._obey(url)
            answer = self._ask(url, limit, keep=keep, whole=robots)
            target = _target(answer)
            if target is None:
                return self._page(answer)
            try:
                url = urljoin(url, target)
            except ValueError:
                url = target  # no address, as is said in the next round
        raise Unreachable(f"redirects more than {self._settings.max_redirects} times", where=start,
                          remedy="open the address in a browser, and give the one it ends at")

    def _page(self, answer: requests.Response) -> Page:
        url, status = str(answer.url), answer.status_code
        if status == 304:
            if self._since:
                raise _Unchanged("has not changed", where=url)
            raise Unreachable("304: says that nothing changed, which nobody asked", where=url,
                              remedy="open the address in a browser; if it shows there, save it and use --pages")
        if status in _FINAL:
            kind = Gone if status in (404, 410) else Refused
            raise kind(f"{status}: {_FINAL[status]}", where=url,
                       remedy="correct the address, or save the page and use --pages")
        if status != 200:
            raise Unreachable(f"answers with status {status}", where=url,
                              remedy="run the command again later")
        return Page(url, answer.content, answer.headers.get("Content-Type", ""))

    def _ask(self, url: str, limit: int, *, keep: bool, whole: bool) -> requests.Response:
        """Send one request, again after failures that may pass; redirects are the caller's."""
        host = urlsplit(url).netloc
        if self._strikes.get(host, 0) >= _OUT:
            raise Unreachable(f"its host is left alone for this run: it {self._reasons[host]}", where=url,
                              remedy="run the command again later")
        policy = Retry(total=self._settings.retries, backoff_factor=self._settings.delay, backoff_max=60)
        tries = 0
        while True:
            self._pause(url)
            tries += 1
            answer, problem, blame = self._try(url, limit, keep=keep, whole=whole)
            if answer is not None and answer.status_code not in _RETRIED:
                self._strikes.pop(host, None)
                return answer
            wait = _retry_after(answer.headers.get("Retry-After", "")) if answer is not None else None
            if wait is not None and wait > _PATIENCE:
                self._strike(host, f"asked to wait {wait:.0f} seconds", _OUT)
                raise Unreachable(f"asks to wait {wait:.0f} seconds", where=url,
                                  remedy="run the command again after that time")
            if problem.startswith(_NO_SUCH_HOST):
                # A name that is unknown now will be unknown in ten seconds.
                self._strike(host, problem, _OUT)
                raise Unreachable(problem, where=url, remedy="check the address and the connection")
            # A host that is up and fails is asked once for each of its other addresses, not five times.
            if policy.total == 0 or blame is Blame.SLOW or self._strikes.get(host, 0) >= _STRIKES:
                break
            policy = policy.increment("GET", urlsplit(url).path or "/", error=HTTPError(problem))
            self._sleep(policy.get_backoff_time() if wait is None else wait)
        self._strike(host, problem, _WEIGHT[blame])
        raise Unreachable(f"{problem} ({tries} {'try' if tries == 1 else 'tries'})", where=url,
                          remedy="check the address and the connection, and run the command again later")

    def _strike(self, host: str, reason: str, number: int) -> None:
        self._strikes[host] = self._strikes.get(host, 0) + number
        self._reasons[host] = reason

    def _try(self, url: str, limit: int, *, keep: bool, whole: bool
             ) -> tuple[requests.Response | None, str, Blame]:
        """Send one request; return the answer, or why there is none and whom that concerns."""
        self._adapter.limit, self._adapter.whole = limit, whole
        headers = {} if keep else {"Cache-Control": "no-store"}
        if self._since and whole:  # not the rules of robots.txt
            headers["If-Modified-Since"] = self._since
        try:
            answer = self._session.get(url, timeout=self._settings.timeout, headers=headers,
                                       allow_redirects=False)
        except EditionError:
            raise
        except requests.exceptions.SSLError as error:
            return None, f"has no valid certificate: {_cause(error)}", Blame.HOST
        except requests.exceptions.Timeout:
            return None, f"did not answer within {self._settings.timeout:g} seconds", Blame.HOST
        except TooSlow as error:
            return None, f"broke off: {error}", Blame.SLOW
        except requests.exceptions.ChunkedEncodingError as error:
            return None, f"broke off: {_cause(error)}", Blame.ANSWER
        except requests.exceptions.ConnectionError as error:
            if "NameResolutionError" in repr(error):
                return None, f"{_NO_SUCH_HOST} {urlsplit(url).hostname}", Blame.HOST
            blame = Blame.HOST if "NewConnectionError" in repr(error) else Blame.ANSWER
            return None, f"cannot be reached: {_cause(error)}", blame
        except sqlite3.Error:  # the memory of earlier answers is damaged or full: do without it
            self._open(None)
            return self._try(url, limit, keep=keep, whole=whole)
        except Exception as error:
            # Whatever else the libraries raise on bytes that somebody chose concerns this address alone. What is
            # remembered of it may be the cause, as a header that was accepted and cannot be sent back.
            self._forget(url)
            return None, f"answers with what cannot be read: {_cause(error) or type(error).__name__}", Blame.ANSWER
        return answer, f"answers with status {answer.status_code}", Blame.ANSWER

    def _open(self, cache: Path | None) -> None:
        self._session = _session(cache)
        # A proxy or .netrc of the environment would undo the check of addresses, and send passwords along.
        self._session.trust_env = False
        self._session.headers.update({"User-Agent": self._agent, "Accept-Encoding": ", ".join(ENCODINGS)})
        self._session.mount("http://", self._adapter)
        self._session.mount("https://", self._adapter)

    def _forget(self, url: str) -> None:
        if isinstance(self._session, CachedSession):
            try:
                self._session.cache.delete(urls=[url])
            except Exception:  # an address that the memory cannot name, or a memory that is damaged
                self._open(None)

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


def address(url: str) -> SplitResult | None:
    """Return the parts of an http or https address, or None when *url* is none that can be asked for."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # read from the text only here, and wrong in its own way
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") and parts.hostname else None


def _target(answer: requests.Response) -> str | None:
    """Return where an answer sends us, or None; bytes that are no UTF-8 are escaped, as browsers do."""
    if answer.status_code not in _REDIRECTS or "Location" not in answer.headers:
        return None
    raw = answer.headers["Location"].encode("latin-1", "replace")
    try:
        return raw.decode().strip()
    except UnicodeDecodeError:
        return quote(raw.strip(), safe="!#$%&'()*+,/:;=?@[]~")


def _retry_after(text: str) -> float | None:
    """Return the seconds that a Retry-After header asks for; None when it says nothing that can be understood."""
    text = text.strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text[:18])
    try:
        when = email.utils.parsedate_to_datetime(text)
        return max(0.0, when.timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class _Plain(requests.Session):
    """A session that leaves redirects to its caller, where the library looks into them unasked."""

    def resolve_redirects(self, *args: object, **options: object) -> Iterator[requests.Response]:
        """Yield nothing."""
        yield from ()


class _Remembering(CachedSession, _Plain):
    """The same, asking again only for what changed."""


def _session(cache: Path | None) -> requests.Session:
    """Return a session that remembers in the folder *cache*.

    A memory that cannot be read is thrown away; where none can be kept, the session does without.
    """
    if cache is None:
        return _Plain()
    path = cache / "http.sqlite"
    for _ in range(2):
        try:
            cache.mkdir(parents=True, exist_ok=True)
            session = _Remembering(str(path), backend="sqlite", serializer="json", expire_after=0,
                                   always_revalidate=True, allowable_codes=(200,))
            session.cache.contains("")  # reads a page of the file
            return session
        except (sqlite3.Error, OSError):
            with contextlib.suppress(OSError):
                for file in (path, *cache.glob(f"{path.name}-*")):
                    file.unlink(missing_ok=True)
    return _Plain()


def _cause(error: BaseException) -> str:
    """Return the innermost reason in one line, without the object addresses of urllib3's messages."""
    inner: BaseException = error
    while (after := getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)) is not None \
            and isinstance(after, BaseException):
        inner = after
    text = str(inner).split(">: ")[-1].split("): ")[-1] or type(inner).__name__
    return " ".join(text.split())[:200]
