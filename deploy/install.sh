#!/bin/bash
# Makes a Debian machine answer with this checkout: docs/install.md. What is done already is left, and so are settings
# and nginx's site, which belong to the operator by then: what broke off goes on where it was.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
systemd=deploy/systemd units=/etc/systemd/system settings=/etc/majani.env
site=/etc/nginx/sites-available/majani sites=/etc/nginx/sites-enabled backups=/srv/backups

refuse() {
  echo "make install: $1. Nothing was changed." >&2
  exit 1
}

[ "$(id -u)" = 0 ] || refuse "it needs root"
command -v apt-get > /dev/null || refuse "this is not Debian"
[[ ${NAME:-} =~ ^[A-Za-z0-9.-]+$ ]] || refuse "say the machine's name on the internet, such as NAME=majani.example.org"
# The account that answers cannot read the homes of people.
[[ $PWD == /srv/* && $PWD != /srv/majani ]] || refuse "$PWD has to be a release below /srv, such as /srv/majani-$(date +%F)"
[ ! -e /srv/majani ] || [ -L /srv/majani ] || refuse "/srv/majani is a folder; docs/upgrade.md makes it a release"
[ ! -e $site ] || grep -qF "server_name $NAME;" $site || refuse "$site is for another name"
other=$(find $sites -mindepth 1 ! -name default ! -name majani 2> /dev/null || true)
[ -z "$other" ] || refuse "nginx has other sites, whose logs this would end: ${other//$'\n'/ }"
[[ ! -e $backups || $(stat -c %U $backups) =~ ^(majani-backup|majani|root)$ ]] || refuse "$backups belongs to another account"

missing=()
for package in git make curl python3-venv nginx certbot python3-certbot-nginx nodejs npm systemd-timesyncd; do
  dpkg-query --show --showformat '${db:Status-Status}' $package 2> /dev/null | grep -qx installed || missing+=($package)
done
if [ ${#missing[@]} -gt 0 ]; then
  apt-get update
  apt-get install --yes "${missing[@]}"
fi
# It answers the internet, so it owns its data and nothing else. Backups belong to another one.
getent passwd majani > /dev/null || adduser --system --group --home /var/lib/majani --no-create-home majani
getent passwd majani-backup > /dev/null || adduser --system --group --home $backups --no-create-home majani-backup

make .venv/serve app
if [ -n "${EXTRAS:-}" ]; then
  .venv/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[$EXTRAS]"
fi
ln -sfn "$PWD" /srv/majani

if [ ! -e $settings ]; then
  install -o root -g majani -m 640 /dev/stdin $settings << END
MAJANI_DATABASE_URL='sqlite:////var/lib/majani/majani.sqlite3'
MAJANI_PHOTOS_URL='/var/lib/majani/photos'
MAJANI_DISTRICTS_DIR='/var/lib/majani/districts'
MAJANI_TRUSTED_PROXIES='1'
END
fi
install -m 755 deploy/majani-admin /usr/local/bin/
for unit in $systemd/majani{.socket,.service,-daily.*,-backup.*,-check.*,-drill.*} $systemd/run-photos.mount; do
  install -m 644 "$unit" $units/
done
install -d -o majani-backup -g majani-backup -m 711 $backups

[ -e $site ] || sed "s/majani\.example\.org/$NAME/" deploy/nginx-site.conf > $site
ln -sf ../sites-available/majani $sites/majani
rm -f $sites/default
# http gets from certbot's lines what nginx's own logs would say of addresses.
sed -Ei 's/^(\s*access_log) .*/\1 off;/; s/^(\s*error_log [^ ;]+).*/\1 alert;/' /etc/nginx/nginx.conf

now="run-photos.mount majani.socket majani.service majani-daily.timer majani-backup.timer majani-drill.timer"
systemctl enable nginx systemd-timesyncd systemd-time-wait-sync $now
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
systemctl start $now
# This release in the place of another one.
systemctl restart majani.service
nginx -t
systemctl restart nginx
curl --fail --silent --show-error --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:8000/readyz
# The first backup, and whether it can be restored.
systemctl start majani-backup.service majani-drill.service
