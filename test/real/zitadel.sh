#!/usr/bin/env bash
# Installs a real ZITADEL into the current cluster and forwards it to localhost:8080.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kubectl create namespace zitadel
kubectl apply -f "$here/postgres.yaml"
kubectl -n zitadel rollout status deployment/postgres --timeout=180s
helm repo add zitadel https://charts.zitadel.com
helm install zitadel zitadel/zitadel --namespace zitadel --values "$here/zitadel-values.yaml" --wait --timeout 10m
kubectl -n zitadel port-forward service/zitadel 8080:8080 >/dev/null 2>&1 &
echo "$!" >"${RUNNER_TEMP:-/tmp}/port-forward.pid"
for _ in $(seq 60); do
  curl -fs http://localhost:8080/debug/ready >/dev/null && exit 0
  sleep 1
done
echo "ZITADEL did not answer on localhost:8080 within a minute" >&2
exit 1
