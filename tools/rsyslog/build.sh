#!/bin/bash
# Brings rsyslog from Debian's or Ubuntu's packages without installing it. Kept in
# ${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/rsyslog-<hash of this file>; takes some seconds.
# Needs apt-get and dpkg; root only where the package lists were never fetched. What sends to Elasticsearch uses
# libcurl 4, which curl has brought along on nearly every machine.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
key=$(sha256sum <"$here/build.sh" | cut -c1-12)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/zitadel-siem/rsyslog-$key
[ -e "$folder/ready" ] && { echo "rsyslog: $folder"; exit 0; }
command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
  echo "rsyslog for the tests is taken from Debian's packages: run this where apt-get and dpkg are." >&2
  exit 1
}
mkdir -p "$folder/packages"
exec 9>"$folder/.lock"
flock 9
[ -e "$folder/ready" ] && { echo "rsyslog: $folder"; exit 0; }

packages=(rsyslog rsyslog-gnutls rsyslog-elasticsearch libestr0 libfastjson4 libgnutls30)
cd "$folder/packages"
bring() { apt-get download -q "${packages[@]}" >"$folder/packages.log" 2>&1; }
bring || { [ "$(id -u)" = 0 ] && apt-get update -q >>"$folder/packages.log" 2>&1 && bring; } || {
  tail -20 "$folder/packages.log" >&2
  exit 1
}
for package in *.deb; do dpkg -x "$package" "$folder/root"; done
touch "$folder/ready"
echo "rsyslog: $folder"
