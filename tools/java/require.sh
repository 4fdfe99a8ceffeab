# Sourced: makes Java 17 and Maven available, from Debian where they are missing. `$folder` is where its log goes.
if ! command -v javac >/dev/null || ! command -v mvn >/dev/null; then
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || {
    echo "Java 17 (with javac) and Maven are not on PATH: install them, or run this as root on Debian." >&2
    exit 1
  }
  echo "installing openjdk-17-jdk-headless and maven"
  { apt-get update -q && apt-get install -qy --no-install-recommends openjdk-17-jdk-headless maven; } \
    >"$folder/packages.log" 2>&1 || { tail -20 "$folder/packages.log" >&2; exit 1; }
fi
