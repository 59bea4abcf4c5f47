"""Gets tokens from the identity service, renews them before they expire, and once more when the service refuses one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientSecretCredential,
    DeviceCodeCredential,
    ManagedIdentityCredential,
)

from crosswalk.connectors.odata.gate import Clock
from crosswalk.connectors.odata.settings import Auth, Settings
from crosswalk.contracts import Place
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.secrets import hide

_NETWORK = "check the network, then run the same command again"
_AHEAD = 300
"""Seconds before its end at which a token is renewed: longer than any request may take."""


class Token(Protocol):
    @property
    def token(self) -> str: ...

    @property
    def expires_on(self) -> int: ...


class Credential(Protocol):
    """What azure-identity calls a credential, as far as it is used here."""

    def get_token(self, scope: str, /) -> Token: ...


@dataclass(slots=True)
class Login:
    """The token of a connection. `make` makes a credential that has no token yet."""

    make: Callable[[], Credential]
    scope: str
    system: str
    clock: Clock
    _credential: Credential | None = None
    _token: Token | None = None
    _lock: Lock = field(default_factory=Lock)

    def header(self, refused: str | None = None) -> str:
        """Give the value of the header Authorization. `refused` is a value that the service did not take: if it is
        still the one at hand, a new token is asked for.
        """
        with self._lock:
            if self._token is not None and refused == f"Bearer {self._token.token}":
                self._credential, self._token = None, None
            if self._token is None or self._token.expires_on - self.clock.now() < _AHEAD:
                self._token = self._ask()
            return f"Bearer {self._token.token}"

    def _ask(self) -> Token:
        try:
            self._credential = self._credential or self.make()
            return self._credential.get_token(self.scope)
        except ClientAuthenticationError as error:
            message = f"{self.system}: the identity service refuses the login: {_first_line(error)}"
            remedy = "check tenant, client and secret below 'auth', and that the secret has not expired"
            raise UsageError(message, code="LOGIN_REFUSED", remedy=remedy) from None
        except AzureError as error:
            message = f"{self.system}: the identity service cannot be reached: {_first_line(error)}"
            raise SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy=_NETWORK) from None
        except ValueError as error:
            message = f"{self.system}: the login cannot be made: {_first_line(error)}"
            raise UsageError(message, code="LOGIN_REFUSED", remedy="check what stands below 'auth'") from None


def _first_line(error: Exception) -> str:
    return hide(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)[:300]


def open_login(settings: Settings, place: Place, clock: Clock) -> Login | None:
    """Open the login that the settings describe; None where there is none."""
    if settings.auth.kind == "none":
        return None
    parts = urlsplit(settings.url)
    scope = place.reveal(settings.auth.scope) or f"{parts.scheme}://{parts.netloc}/.default"
    return Login(lambda: _credential(settings.auth, place), scope, settings.system, clock)


def _credential(auth: Auth, place: Place) -> Credential:
    tenant, client, secret = (place.reveal(text) for text in (auth.tenant, auth.client, auth.secret))
    where = place.reveal(auth.authority) or "login.microsoftonline.com"
    match auth.kind:
        case "client_secret":
            return ClientSecretCredential(tenant, client, secret, authority=where)
        case "certificate":
            password = place.reveal(auth.password) or None
            return CertificateCredential(tenant, client, _certificate(auth, place), password=password, authority=where)
        case "device_code":
            return DeviceCodeCredential(client, tenant_id=tenant, authority=where)
        case "managed_identity":
            return ManagedIdentityCredential(client_id=client or None)
        case "none":
            raise UsageError("no login is set", code="CONNECTION_SETTINGS", remedy="write 'auth'")


def _certificate(auth: Auth, place: Place) -> str:
    file: Path = place.root / place.reveal(auth.certificate)
    if not file.is_file():
        message = f"the certificate {auth.certificate} cannot be read"
        raise UsageError(message, code="MISSING_SECRET", remedy="check the path and the rights of the file")
    return str(file)
