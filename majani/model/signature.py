"""A detached Ed25519 signature over ``manifest.json``, which has the model's checksum: it stands for the whole bundle.

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


def sign_bundle(directory: Path, private_key: str) -> None:
    """Write the signature beside the manifest; raises ValueError for a bad key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415

    key = Ed25519PrivateKey.from_private_bytes(b64decode(private_key, validate=True))
    signature = key.sign((directory / MANIFEST_FILE).read_bytes())
    (directory / SIGNATURE_FILE).write_text(b64encode(signature).decode() + "\n", encoding="ascii")


def check_signature(directory: Path, public_key: str) -> None:
    """Refuse a bundle that was not signed with the private key of ``public_key``, with BundleError."""
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError as error:
        raise BundleError("a bundle's signature cannot be checked: the extra `signing` is not installed") from error
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public_key, validate=True))
        signature = b64decode((directory / SIGNATURE_FILE).read_bytes().strip(), validate=True)
        key.verify(signature, (directory / MANIFEST_FILE).read_bytes())
    except OSError as error:
        raise BundleError(f"{directory}: {error.strerror}: {error.filename}") from error
    except (InvalidSignature, ValueError) as error:
        raise BundleError(f"{directory / SIGNATURE_FILE}: not signed with the key of MAJANI_BUNDLE_KEY") from error
