#!/bin/bash
# Brings rsyslog. What sends to Elasticsearch uses libcurl 4, which curl has brought along on nearly every machine.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
. "$here/../debian/bring.sh"
bring rsyslog "$here/build.sh" rsyslog rsyslog-gnutls rsyslog-elasticsearch libestr0 libfastjson4 libgnutls30
