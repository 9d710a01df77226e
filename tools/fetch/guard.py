"""Guard every connection: no private address, no endless body, no bomb, whatever the site sends."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import threading
from http.client import HTTPResponse as Answer
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ConnectTimeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse

from ext.edition.site.errors import EditionError
from tools.fetch.addresses import is_public, web_port

_CHUNK = 65_536
#: Of the addresses of one name, how many are tried: a name may have hundreds, each of which takes a timeout.
_ADDRESSES = 4
#: What heads, sizes of chunks and trailers may add to a body on the wire.
_AROUND = 1_000_000
#: The forms in which a body may come; what we ask for.
ENCODINGS = ("gzip", "deflate")


class Forbidden(EditionError):
    """An address that a fetched text has no business to make us ask for."""


class TooSlow(ChunkedEncodingError):
    """An answer that did not end in time."""


class _Meter(io.RawIOBase):
    """Count what comes in of one answer: its head and the sizes of its chunks have no limit of their own."""

    def __init__(self, raw: Any, guard: GuardedAdapter) -> None:
        self._raw = raw
        self._guard = guard

    def readable(self) -> bool:
        """Tell that it is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read, and raise once more came than any right answer needs."""
        number: int | None = self._raw.readinto(buffer)
        self._guard.took += number or 0
        if self._guard.took > 2 * self._guard.limit + _AROUND:
            raise OSError(f"more than {self._guard.took:,} bytes came on the wire")
        return number

    def close(self) -> None:
        """Close what is read from."""
        self._raw.close()
        super().close()


class _Pinned:
    """Connect to the very addresses that were checked, so that a second look-up cannot differ."""

    guard: GuardedAdapter
    _dns_host: str
    port: int
    line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        problem: Exception | None = None
        if not self.guard.allow_private and not web_port(self.port):
            raise Forbidden(f"port {self.port} is not one at which the web is served", where=self.guard.url,
                            remedy="leave it out, or give --allow-private if the whole source is your own")
        try:
            found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except (OSError, ValueError) as error:  # a name that no resolver and no codec takes
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(name, self, reason) from error  # type: ignore[arg-type]
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        if not self.guard.allow_private and (private := [a for a in addresses if not is_public(a)]):
            raise Forbidden(f"{name} is {private[0]}, an address of this machine or of a private network",
                            where=self.guard.url,
                            remedy="leave it out, or give --allow-private if the whole source is your own")
        try:
            for address in addresses[:_ADDRESSES]:
                self._dns_host = address
                try:
                    made: socket.socket = super()._new_conn()  # type: ignore[misc]
                except (NewConnectionError, ConnectTimeout, TimeoutError) as error:
                    problem = error
                else:
                    # A second handle: the first is taken over by the encryption, whose handshake may drip too.
                    self.line = _again(made)
                    self.guard.hold(self.line)
                    return made
        finally:
            self._dns_host = name
        raise problem or NewConnectionError(self, "no address")  # type: ignore[arg-type]

    def getresponse(self) -> Any:
        """Tell the guard which line to cut when the time is over; a connection may serve many requests."""
        if self.line is not None:
            self.guard.hold(self.line)
        return super().getresponse()  # type: ignore[misc]

    def close(self) -> None:
        """Close the second handle too."""
        if self.line is not None:
            self.line.close()
        super().close()  # type: ignore[misc]


def _unfinished(decoder: Any) -> bool:
    """Tell whether a decoder of the library waits for more; the library takes what there is for the whole."""
    unpackers = [getattr(one, "_obj", None) for one in getattr(decoder, "_decoders", [decoder])]
    return any(not unpacker.eof for unpacker in unpackers if unpacker is not None)


def _again(line: socket.socket) -> socket.socket:
    """Return another handle of a connection, which outlives the first."""
    return socket.socket(fileno=os.dup(line.fileno()))


class GuardedAdapter(HTTPAdapter):
    """Send requests under limits: ``limit`` bytes after decompression, ``seconds`` from first to last byte."""

    def __init__(self, *, allow_private: bool, seconds: float) -> None:
        self.allow_private = allow_private
        self.seconds = seconds
        self.limit = 0
        #: Whether a body beyond the limit is an error; else the part within it is taken.
        self.whole = True
        self.took = 0
        self.url = ""
        self._line: socket.socket | None = None
        self._lock = threading.Lock()
        self._late = False
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Let the pools make guarded connections."""
        super().init_poolmanager(*args, **options)
        guard = self

        class Metered(Answer):
            """An answer of which every byte is counted."""

            def __init__(self, *args: Any, **options: Any) -> None:
                super().__init__(*args, **options)
                self.fp = io.BufferedReader(_Meter(self.fp.detach(), guard))

        space: dict[str, Any] = {"guard": self, "response_class": Metered}
        plain = type("GuardedHTTP", (_Pinned, HTTPConnection), space)
        secure = type("GuardedHTTPS", (_Pinned, HTTPSConnection), space)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Return the response with its whole, decompressed body in memory, or raise."""
        self.url, self.took, self._late = str(request.url), 0, False
        watch = threading.Timer(self.seconds, self._cut)
        watch.daemon = True
        watch.start()
        try:
            response = super().send(request, *args, **(options | {"stream": True}))
            body = self._read(response.raw)
        except (OSError, HTTPError) as error:  # a cut socket fails in many ways
            if self._late:
                raise TooSlow(f"took longer than {self.seconds:g} seconds") from error
            if isinstance(error, HTTPError):
                raise ChunkedEncodingError(f"the answer is incomplete: {error}") from error
            raise
        finally:
            watch.cancel()
            self.hold(None)
        if self._late:  # without a length, a cut body looks like a finished one
            raise TooSlow(f"took longer than {self.seconds:g} seconds")
        raw = response.raw
        sized = raw.headers.get("Content-Length", "").isdecimal() or "Transfer-Encoding" in raw.headers
        if raw.status == 200 and not body and not sized:
            raise ChunkedEncodingError("the answer is empty")  # cut off in its head
        for name in ("Content-Encoding", "Transfer-Encoding", "Content-Length"):
            raw.headers.pop(name, None)
            response.headers.pop(name, None)
        response.raw = HTTPResponse(io.BytesIO(body), headers=raw.headers, status=raw.status, reason=raw.reason,
                                    version=raw.version, preload_content=False, request_method="GET",
                                    request_url=request.url)
        return response

    def _read(self, raw: Any) -> bytes:
        parts: list[bytes] = []
        size = 0
        coded = str(raw.headers.get("Content-Encoding", "")).lower().replace("x-gzip", "gzip")
        if strange := {name for part in coded.split(",") if (name := part.strip())} - {*ENCODINGS, "identity"}:
            raise ChunkedEncodingError(f"is sent as {min(strange)[:40]}, which nobody asked for")
        try:
            for chunk in raw.stream(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > self.limit:
                    if not self.whole:
                        return b"".join([*parts, chunk])[:self.limit]
                    raise EditionError(f"is larger than {self.limit:,} bytes", where=self.url,
                                       remedy="raise fetch.max_bytes in edition.toml if that is right")
                parts.append(chunk)
            if parts and _unfinished(raw._decoder):
                raise ChunkedEncodingError("the answer is incomplete: what was compressed has no end")
        finally:
            if size > self.limit or self._late:
                raw.close()
            else:
                raw.release_conn()
        return b"".join(parts)

    def hold(self, line: socket.socket | None) -> None:
        """Keep a handle of the connection in use, to cut it when the time is over; cut it at once when it is."""
        with self._lock:
            if self._line is not None:
                self._line.close()
            self._line = _again(line) if line is not None else None
        if self._late and line is not None:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self._late = True
            if self._line is not None:
                with contextlib.suppress(OSError):  # the other side had gone already
                    self._line.shutdown(socket.SHUT_RDWR)
