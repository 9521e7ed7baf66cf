"""docs/install.md as an operator types it: a copy of this machine, real systemd, real nginx, the real service."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.absence import absent
from tests.documents import code_blocks
from tests.drawn_leaf import drawn_leaf

ROOT = Path(__file__).parents[2]
NAME = "majani.example.org"
PAGE = "install.md"

# In place of `npm ci`, which `make app` has run in this checkout; the build is npm's own.
NPM = f"""#!/bin/sh
[ "$1" = ci ] && exec ln -s {ROOT}/web/node_modules node_modules
exec /usr/bin/npm "$@"
"""
# What certbot does, without an authority on the internet: a certificate, and the site's lines for https.
CERTIFICATE = f"""
mkdir -p /etc/letsencrypt/live/{NAME}
cd /etc/letsencrypt/live/{NAME}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={NAME} -addext subjectAltName=DNS:{NAME} \
  -keyout privkey.pem -out fullchain.pem
sed -i -E 's/^    # (listen 443|http2 on|ssl_certificate)/    \\1/' /etc/nginx/sites-available/majani
nginx -t
systemctl reload nginx
# certbot, too, comes back only when the site answers.
curl --silent --insecure --output /dev/null --retry 20 --retry-connrefused --retry-delay 1 https://{NAME}/
export CURL_CA_BUNDLE=$PWD/fullchain.pem
cd /
"""
# What came of the backups: there, tried, and closed to the account that answers.
COPIES = """
copy=/srv/backups/$(date +%F)/majani.sqlite3
test -s "$copy"
if runuser -u majani -- cat "$copy"; then exit 1; fi
if runuser -u majani -- sh -c 'ls /srv/backups || mv "$1" /tmp || touch /srv/backups/new' sh "$copy"; then exit 1; fi
test "$(systemctl show --property=Result --value majani-check majani-backup majani-drill | sort -u | xargs)" = success
test -z "$(ls /var/lib/majani-drill)"
key='Idempotency-Key: a-key-of-a-phone-that-asks'
curl --fail --silent --header "$key" --form photo=@/leaf.jpg https://$NAME/v1/diagnoses
curl --fail --silent --request DELETE --header "$key" https://$NAME/v1/diagnoses
# The second of a day stands for the first, and says what is gone. A photo takes its room once for all days.
systemctl start majani-backup
python3 - "$copy" << 'END'
import sqlite3, sys
assert sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM erasures").fetchone() == (1,)
END
curl --fail --silent --form consent=photos --form photo=@/leaf.jpg https://$NAME/v1/diagnoses
for day in 2020-01-01 2020-01-02; do
  mv /srv/backups/$(date +%F) /srv/backups/$day
  systemctl start majani-backup
done
test "$(find /srv/backups/????-??-??/photos -type f -links 2 | wc -l)" = 2
"""
# What stands in the place of something here is left as it is.
REFUSED = """
for wrong in 'NAME=' 'NAME=a;b'; do if make -C "$RELEASE" install "$wrong"; then exit 1; fi; done
mkdir /srv/majani
if make -C "$RELEASE" install NAME="$NAME"; then exit 1; fi
rmdir /srv/majani
test ! -e /etc/majani.env
"""
# systemd starts it behind everything else, and the machine goes off when it ends.
UNIT = """
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/bin/bash -eux /walk.sh > /walk.log 2>&1 && touch /walk.good; systemctl --no-block poweroff'
"""
MACHINE = """
set -eu
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --bind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
chroot "$1/root" /bin/bash -eux /install.sh
umount "$1/root/dev" "$1/root/proc"
cd /
exec systemd-nspawn --register=no --keep-unit --quiet --private-network --directory="$1/root" --boot
"""


def step(number: int) -> str:
    """The page's commands of a numbered section."""
    return "\n".join(block.code for block in code_blocks(PAGE) if block.heading.startswith(f"{number}."))


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_a_bare_machine_answers_over_https(tmp_path_factory: pytest.TempPathFactory) -> None:
    if os.geteuid() != 0 or shutil.which("systemd-nspawn") is None:
        absent("needs root and systemd-nspawn")
    if not (ROOT / "web/node_modules").is_dir():
        absent("the phone app's packages are missing; see `make app`")
    machine = tmp_path_factory.mktemp("machine")
    for name in ("upper", "work", "root"):
        (machine / name).mkdir()
    upper = machine / "upper"
    (upper / "etc/systemd/system").mkdir(parents=True)
    drawn_leaf((70, 130, 50), spots=9).save(upper / "leaf.jpg")
    npm = upper / "usr/local/bin/npm"
    npm.parent.mkdir(parents=True)
    npm.write_text(NPM)
    npm.chmod(0o755)
    (upper / "install.sh").write_text(
        f"export REPOSITORY=file://{ROOT} DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1\n"
        # Python compiles what the service imports, and not the thousands of modules that nothing imports.
        "export PIP_NO_COMPILE=1 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
        + f"export NAME={NAME}\n{step(1)}\n{REFUSED}{step(2)}\n"
        + f"systemctl enable walk.service\necho 127.0.0.1 {NAME} localhost >> /etc/hosts\n"
    )
    (upper / "walk.sh").write_text(
        # What began where systemd does not run goes on here, without the internet, and leaves what an operator says.
        f"export NAME={NAME} HOME=/root RELEASE=$(readlink /srv/majani)\necho MAJANI_OFFICE_NAME= >> /etc/majani.env\n"
        + f"cd /\n{step(2)}\n{CERTIFICATE}{step(2)}\ngrep OFFICE /etc/majani.env\n{step(4)}\n{COPIES}"
        + "systemctl start majani-daily.service\n"
    )
    (upper / "etc/systemd/system/walk.service").write_text(UNIT + "[Install]\nWantedBy=default.target\n")
    try:
        done = subprocess.run(
            ["unshare", "--mount", "bash", "-c", MACHINE, "machine", str(machine)],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        log = (upper / "walk.log").read_text() if (upper / "walk.log").exists() else ""
        assert (upper / "walk.good").exists(), done.stdout[-3000:] + done.stderr[-3000:] + log[-6000:]
        assert '"outcome"' in log
        assert (upper / "var/lib/majani/majani.sqlite3").stat().st_mode & 0o077 == 0
    finally:
        shutil.rmtree(machine, ignore_errors=True)
