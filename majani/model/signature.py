"""Ed25519 signatures: one beside ``manifest.json``, which has the model's checksum, stands for the whole bundle.

Keys and signatures are written in base64. The package ``cryptography`` comes with the extra ``signing`` and is imported
only where an operator signs or has set a key.
"""

from base64 import b64decode, b64encode
from pathlib import Path

from majani.errors import BundleError
from majani.model.bundle import MANIFEST_FILE

SIGNATURE_FILE = "manifest.sig"


def make_key() -> tuple[str, str]:
    """A new pair: the private key signs, the public one checks."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    private = Ed25519PrivateKey.generate()
    pair = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    return b64encode(pair[0]).decode(), b64encode(pair[1]).decode()


def sign(content: bytes, private_key: str) -> tuple[str, str]:
    """The signature, and the public key that checks it; raises ValueError for a bad key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.from_private_bytes(b64decode(private_key, validate=True))
    return b64encode(key.sign(content)).decode(), b64encode(key.public_key().public_bytes_raw()).decode()


def is_signature(signature: str, content: bytes, public_key: str) -> bool:
    """Whether the private key of ``public_key`` signed this; BundleError where that cannot be checked."""
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError as error:
        raise BundleError("signatures cannot be checked: the extra `signing` is not installed") from error
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
        key.verify(b64decode(signature, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_bundle(directory: Path, private_key: str) -> None:
    """Write the signature beside the manifest; raises ValueError for a bad key."""
    signature, _ = sign((directory / MANIFEST_FILE).read_bytes(), private_key)
    (directory / SIGNATURE_FILE).write_text(signature + "\n", encoding="ascii")
    # Whoever may read the bundle may check it.
    (directory / SIGNATURE_FILE).chmod((directory / MANIFEST_FILE).stat().st_mode & 0o777)


def check_signature(directory: Path, public_key: str) -> None:
    """Refuse a bundle that was not signed with the private key of ``public_key``, with BundleError."""
    try:
        signature = (directory / SIGNATURE_FILE).read_text(encoding="ascii").strip()
        is_own = is_signature(signature, (directory / MANIFEST_FILE).read_bytes(), public_key)
    except OSError as error:
        raise BundleError(f"{directory}: {error.strerror}: {error.filename}") from error
    # It may be no text at all.
    except ValueError:
        is_own = False
    if not is_own:
        raise BundleError(f"{directory / SIGNATURE_FILE}: not signed with the key of MAJANI_BUNDLE_KEY")
