#!/bin/bash
# Brings Kafka's broker and console consumer from Maven. Kept in ${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/kafka-<hash of
# the pom>; a first build takes about a minute. Needs Java 17 and Maven, which it installs from Debian where they are
# missing.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
key=$(sha256sum <"$here/pom.xml" | cut -c1-12)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/zitadel-siem/kafka-$key
[ -e "$folder/ready" ] && { echo "Kafka: $folder"; exit 0; }
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
[ -e "$folder/ready" ] && { echo "Kafka: $folder"; exit 0; }

. "$here/../java/require.sh"
echo "bringing Kafka from Maven, about a minute"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$folder/lib"
touch "$folder/ready"
echo "Kafka: $folder"
