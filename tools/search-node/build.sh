#!/bin/bash
# `build.sh opensearch` or `build.sh elasticsearch` brings that server from Maven and compiles what runs it as one node
# in one process. Kept in ${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/<server>-<hash of the sources>; a first build takes
# about a minute. Needs Java 17 and Maven, which it installs from Debian where they are missing.
set -euo pipefail
server=$1
here=$(dirname "$(readlink -f "$0")")
sources=("$here/$server/pom.xml" "$here/$server/Runner.java" "$here/Node.java")
key=$(cat "${sources[@]}" | sha256sum | cut -c1-12)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/zitadel-siem/$server-$key
[ -e "$folder/ready" ] && { echo "$server: $folder"; exit 0; }
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
[ -e "$folder/ready" ] && { echo "$server: $folder"; exit 0; }

. "$here/../java/require.sh"
echo "bringing $server from Maven, about a minute"
mvn -q -B -f "$here/$server/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$folder/lib"
javac -cp "$folder/lib/*" -d "$folder/classes" "$here/$server/Runner.java" "$here/Node.java"
touch "$folder/ready"
echo "$server: $folder"
