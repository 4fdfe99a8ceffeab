#!/usr/bin/env bash
# run.sh PACKAGE.tgz: the packed component in an empty project, with the real engine, provider plugins, cluster and
# ZITADEL (zitadel.sh): up, up without a change, a change, refresh, destroy that leaves nothing.
set -euo pipefail
package=$(readlink -f "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(mktemp -d)
cp "$here/index.ts" "$project/"
cd "$project"
cat >Pulumi.yaml <<'Y'
name: real
runtime: nodejs
options: { refresh: always }
Y
npm init -y >/dev/null
npm install "$package" @pulumi/pulumi @pulumi/kubernetes @pulumiverse/zitadel@0.2.0 typescript@5.9

kubectl -n zitadel get secret iam-admin -o jsonpath='{.data.iam-admin\.json}' | base64 -d >admin-key.json
assertion=$(node "$here/assertion.mjs" admin-key.json http://localhost:8080)
token=$(curl -fsS http://localhost:8080/oauth/v2/token \
  -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer \
  -d "scope=openid urn:zitadel:iam:org:project:id:zitadel:aud" -d "assertion=$assertion" | jq -r .access_token)
api() { curl -fsS -H "Authorization: Bearer $token" -H 'Content-Type: application/json' "http://localhost:8080$1" "${@:2}"; }
listing() {
  api /management/v1/users/_search -d '{}' | jq -S '[.result[].id] | sort'
  api /admin/v1/members/_search -d '{}' | jq -S '[.result[].userId] | sort'
}
organization=$(api /management/v1/orgs/me | jq -r .org.id)
listing >before.json

pulumi stack init real
pulumi config set organizationId "$organization"
pulumi config set --path 'readerKeys[0].name' first
pulumi config set --path 'readerKeys[0].expires' 2035-01-01T00:00:00Z
pulumi config set --secret adminKey <admin-key.json
pulumi up --yes
pulumi up --yes --expect-no-changes
written=$(api /admin/v1/events/_search -d '{"limit":1000,"asc":true}' | jq '.events | length')
for _ in $(seq 60); do
  arrived=$(kubectl -n zitadel-siem logs statefulset/audit-log | grep -c '"source":"events"' || true)
  [ "$arrived" -ge "$written" ] && break
  sleep 2
done
echo "events at ZITADEL: $written, records at the destination: $arrived"
[ "$written" -gt 0 ] && [ "$arrived" -ge "$written" ]

pulumi config set --path 'readerKeys[1].name' second
pulumi config set --path 'readerKeys[1].expires' 2036-01-01T00:00:00Z
pulumi up --yes
pulumi up --yes --expect-no-changes
pulumi refresh --yes --expect-no-changes
pulumi destroy --yes
listing >after.json
diff before.json after.json
! kubectl get namespace zitadel-siem >/dev/null 2>&1
echo "nothing is left"
