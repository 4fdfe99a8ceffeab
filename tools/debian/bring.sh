# Sourced: `bring <name> <file> <package>…` brings packages of Debian or Ubuntu without installing them, into
# ${XDG_CACHE_HOME:-~/.cache}/zitadel-siem/<name>-<hash of the file>/root; takes some seconds.
# Needs apt-get and dpkg; root only where the package lists were never fetched.
bring() {
  local name=$1 folder
  folder=${XDG_CACHE_HOME:-$HOME/.cache}/zitadel-siem/$name-$(sha256sum <"$2" | cut -c1-12)
  shift 2
  [ -e "$folder/ready" ] && { echo "$name: $folder"; return; }
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || {
    echo "$name for the tests is taken from Debian's packages: run this where apt-get and dpkg are." >&2
    return 1
  }
  mkdir -p "$folder/packages"
  exec 9>"$folder/.lock"
  flock 9
  [ -e "$folder/ready" ] && { echo "$name: $folder"; return; }
  cd "$folder/packages"
  download() { apt-get download -q "$@" >"$folder/packages.log" 2>&1; }
  download "$@" || { [ "$(id -u)" = 0 ] && apt-get update -q >>"$folder/packages.log" 2>&1 && download "$@"; } || {
    tail -20 "$folder/packages.log" >&2
    return 1
  }
  local package
  for package in *.deb; do dpkg -x "$package" "$folder/root"; done
  touch "$folder/ready"
  echo "$name: $folder"
}
