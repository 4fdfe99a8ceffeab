#!/bin/bash
# Brings nginx.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../debian/bring.sh"
bring nginx "$here/build.sh" nginx libpcre2-8-0
