"""Guard every connection: no private address, no endless body, no bomb, whatever the site sends."""

from __future__ import annotations

import ipaddress
import socket
import threading
from io import BytesIO
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ConnectTimeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse

from ext.edition.site.errors import EditionError

_CHUNK = 65_536
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(EditionError):
    """An address that a fetched text has no business to make us ask for."""


def is_public(address: str) -> bool:
    """Return whether *address* (an IP, as resolved) lies in the public internet.

    Addresses that only wrap an IPv4 address are judged by the one inside.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


class _Pinned:
    """Connect to the very addresses that were checked, so that a second look-up cannot differ."""

    guard: GuardedAdapter
    _dns_host: str
    port: int
    sock: Any

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        problem: Exception | None = None
        try:
            found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            reason = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(name, self, reason) from error  # type: ignore[arg-type]
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        if not self.guard.allow_private and (private := [a for a in addresses if not is_public(a)]):
            raise Forbidden(f"{name} is {private[0]}, an address of this machine or of a private network",
                            where=self.guard.url,
                            remedy="leave it out, or give --allow-private if the whole source is your own")
        try:
            for address in addresses:
                self._dns_host = address
                try:
                    return super()._new_conn()  # type: ignore[misc]
                except (NewConnectionError, ConnectTimeout, TimeoutError) as error:
                    problem = error
        finally:
            self._dns_host = name
        raise problem or NewConnectionError(self, "no address")  # type: ignore[arg-type]

    def getresponse(self) -> Any:
        """Tell the guard which socket to cut when the time is over."""
        self.guard.sock = self.sock
        return super().getresponse()  # type: ignore[misc]


class GuardedAdapter(HTTPAdapter):
    """Send requests under limits: ``limit`` bytes after decompression, ``seconds`` from first to last byte."""

    def __init__(self, *, allow_private: bool, seconds: float) -> None:
        self.allow_private = allow_private
        self.seconds = seconds
        self.limit = 0
        self.url = ""
        self.sock: Any = None
        self._late = False
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Let the pools make guarded connections."""
        super().init_poolmanager(*args, **options)
        space: dict[str, Any] = {"guard": self}
        plain = type("GuardedHTTP", (_Pinned, HTTPConnection), space)
        secure = type("GuardedHTTPS", (_Pinned, HTTPSConnection), space)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Return the response with its whole, decompressed body in memory, or raise."""
        self.url, self.sock, self._late = str(request.url), None, False
        watch = threading.Timer(self.seconds, self._cut)
        watch.daemon = True
        watch.start()
        try:
            response = super().send(request, *args, **(options | {"stream": True}))
            body = self._read(response.raw)
        except (OSError, HTTPError) as error:  # a cut socket fails in many ways
            if self._late:
                raise ChunkedEncodingError(f"took longer than {self.seconds:g} seconds") from error
            if isinstance(error, HTTPError):
                raise ChunkedEncodingError(f"the answer is incomplete: {error}") from error
            raise
        finally:
            watch.cancel()
        if self._late:  # without a length, a cut body looks like a finished one
            raise ChunkedEncodingError(f"took longer than {self.seconds:g} seconds")
        raw = response.raw
        sized = "Content-Length" in raw.headers or "Transfer-Encoding" in raw.headers
        if raw.status == 200 and not body and not sized:
            raise ChunkedEncodingError("the answer is empty")  # cut off in its head
        for name in ("Content-Encoding", "Transfer-Encoding", "Content-Length"):
            raw.headers.pop(name, None)
            response.headers.pop(name, None)
        response.raw = HTTPResponse(BytesIO(body), headers=raw.headers, status=raw.status, reason=raw.reason,
                                    version=raw.version, preload_content=False, request_method="GET",
                                    request_url=request.url)
        return response

    def _read(self, raw: Any) -> bytes:
        parts, size = [], 0
        try:
            for chunk in raw.stream(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > self.limit:
                    raise EditionError(f"is larger than {self.limit:,} bytes", where=self.url,
                                       remedy="raise fetch.max_bytes in edition.toml if that is right")
                parts.append(chunk)
        finally:
            if size > self.limit or self._late:
                raw.close()
            else:
                raw.release_conn()
        return b"".join(parts)

    def _cut(self) -> None:
        self._late = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.sock.close()
