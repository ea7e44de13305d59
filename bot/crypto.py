"""Encryption at rest: message texts, case details and dialogue state are stored only encrypted.

The key lives in a file outside the database, so a stolen database or backup is unreadable without it.
The first key encrypts, all keys decrypt: to rotate, put a new line on top of the file.

A search through encrypted text needs something to compare. `Keyring.blind` gives it: a keyed fingerprint
(HMAC-SHA-256 with a subkey of the first key, cut to 64 bits). Without the key it can be neither read nor tried out;
``bot.hub.search_index`` says what it gives away all the same. `Keyring.blinds` gives the fingerprints under every
key of the file, so that what was stored before a rotation is still found.
"""

import base64
import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import StartupError

_INDEX_PURPOSE = b"mops search index 1"
_INDEX_BYTES = 8


class Keyring:
    """Encrypts and decrypts text with the keys of the product."""

    def __init__(self, keys: list[bytes]) -> None:
        """Take Fernet keys, newest first."""
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        # A key of its own for another purpose, so that neither use weakens the other.
        self._index_keys = [hmac.digest(base64.urlsafe_b64decode(key), _INDEX_PURPOSE, "sha256") for key in keys]

    @classmethod
    def from_file(cls, path: Path) -> "Keyring":
        """Read the keys, one a line, newest first.

        Raises:
            StartupError: the file is missing, unreadable or holds no key.
        """
        try:
            keys = [line.strip() for line in path.read_bytes().splitlines() if line.strip()]
        except FileNotFoundError:
            raise StartupError(
                f"The key file {path} is missing. Without it the stored messages cannot be read: "
                "restore it from your backup, or point MOPS_SECRET_KEY_FILE to it."
            ) from None
        except OSError as error:
            raise StartupError(f"The key file {path} cannot be read: {error.strerror}.") from None
        try:
            if not keys:
                raise ValueError
            return cls(keys)
        except ValueError:
            raise StartupError(
                f"The key file {path} holds no valid key (expected lines made by 'mops key new')."
            ) from None

    @staticmethod
    def create_file(path: Path) -> None:
        """Write a new key, readable by its owner only; an existing file is never touched."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Fernet.generate_key() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def encrypt(self, text: str) -> bytes:
        """Return the encrypted form of ``text``."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """Return the text behind ``token``.

        Raises:
            cryptography.fernet.InvalidToken: none of the keys made it.
        """
        return self._fernet.decrypt(token).decode()

    def opens(self, token: bytes) -> bool:
        """Tell whether one of the keys made ``token``."""
        try:
            self._fernet.decrypt(token)
        except InvalidToken:
            return False
        return True

    def blind(self, kind: str, term: str) -> int:
        """Return the fingerprint of a search term under the newest key: a signed number of 64 bits."""
        return _fingerprint(self._index_keys[0], kind, term)

    def blinds(self, kind: str, term: str) -> list[int]:
        """Return the fingerprints of a search term under all keys."""
        return [_fingerprint(key, kind, term) for key in self._index_keys]


def _fingerprint(key: bytes, kind: str, term: str) -> int:
    digest = hmac.digest(key, f"{kind}\0{term}".encode(), "sha256")
    return int.from_bytes(digest[:_INDEX_BYTES], signed=True)
