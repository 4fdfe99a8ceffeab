#!/bin/bash
# Brings OpenSearch from Maven and compiles what runs it as one node in one process. Kept in
# ${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/opensearch-<hash of the sources>; a first build takes about a minute.
# Needs Java 17 and Maven, which it installs from Debian where they are missing.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
key=$(cat "$here/pom.xml" "$here/Node.java" | sha256sum | cut -c1-12)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/zitadel-siem/opensearch-$key
[ -e "$folder/ready" ] && { echo "OpenSearch: $folder"; exit 0; }
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
[ -e "$folder/ready" ] && { echo "OpenSearch: $folder"; exit 0; }

. "$here/../java/require.sh"
echo "bringing OpenSearch from Maven, about a minute"
mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$folder/lib"
javac -cp "$folder/lib/*" -d "$folder/classes" "$here/Node.java"
touch "$folder/ready"
echo "OpenSearch: $folder"
