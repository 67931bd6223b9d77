#!/usr/bin/env bash
# Deploys the given folders on the cluster of the current kubeconfig, one after the other; without an argument, the base
# and every overlay. For each, it updates the image under load from a client that never retries and prints one line. It
# deletes the objects again, also after a failure or Ctrl-C.
#
#     TO=v1.0.1 k8s/rollouts.sh base overlays/local overlays/production overlays/hostnetwork overlays/single
#
# IMAGE          the image without its tag; default: the one in the folder
# FROM           the tag to deploy, or TAG@DIGEST; default: the one in the folder
# TO             the tag to update to, or TAG@DIGEST; the registry must have it beside the deployed one; default: v1.0.1
# DATABASE_URL   the PostgreSQL for overlays/postgresql; without it, a folder that needs a database is skipped
# URLS           the targets of the load; default: port 30080 of every node
# RATE           requests a second; default: 200
#
# A folder with a PodMonitor is skipped on a cluster without the Prometheus operator.
#
# Needs kubectl and Node 20. Exit code: 0 no request was dropped; 1 a request was dropped, or a rollout failed; 2 the
# script cannot start.
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ORIGINAL=registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal
IMAGE=${IMAGE:-$ORIGINAL}
FROM=${FROM:-}
TO=${TO:-v1.0.1}
DATABASE_URL=${DATABASE_URL:-}
RATE=${RATE:-200}
URLS=${URLS:-}
LONGEST=300
# shellcheck source=load.sh
source "$HERE/load.sh"

work=$(mktemp -d)
client_pid='' folder='' failed=0 passed=0 skipped=0

die() {
  echo "rollouts: $*" >&2
  exit 2
}

clean_up() {
  [[ -n $client_pid ]] && kill "$client_pid" 2>/dev/null
  [[ -n $folder ]] && kubectl delete namespace cloud --ignore-not-found --wait >/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

render() { # the objects of the folder, with the given image
  kubectl kustomize "$HERE/$folder" | sed "s#$ORIGINAL:\\(.*\\)#$IMAGE:${FROM:-\\1}#" >"$work/objects.yaml"
}

what_is_missing() { # prints what the objects need and this script cannot provide
  if grep -q '^kind: PodMonitor$' "$work/objects.yaml" && ! kubectl get crd/podmonitors.monitoring.coreos.com >/dev/null 2>&1; then
    echo 'the cluster has no PodMonitor; install the Prometheus operator'
  elif grep -q 'secretKeyRef:$' "$work/objects.yaml" && [[ -z $DATABASE_URL ]]; then
    echo 'DATABASE_URL is not set; give the URL of a PostgreSQL that the pods can reach'
  fi
}

deploy() { # and wait until all pods are available
  local wanted
  if grep -q 'secretKeyRef:$' "$work/objects.yaml"; then
    kubectl apply -f "$HERE/base/namespace.yaml" >"$work/output" 2>&1 || return
    kubectl create secret generic cloud-communal-service-postgresql -n cloud --from-literal="DATABASE_URL=$DATABASE_URL" \
      >"$work/output" 2>&1 || return
  fi
  kubectl apply -f "$work/objects.yaml" >"$work/output" 2>&1 || return
  kubectl rollout status deployment/cloud-communal-service -n cloud --timeout="${LONGEST}s" >"$work/output" 2>&1 || return
  # With an autoscaler, a Deployment starts with one pod.
  wanted=$(kubectl get horizontalpodautoscaler/cloud-communal-service -n cloud -o 'jsonpath={.spec.minReplicas}' 2>/dev/null)
  [[ -z $wanted ]] || kubectl wait deployment/cloud-communal-service -n cloud \
    --for="jsonpath={.status.availableReplicas}=$wanted" --timeout=120s >"$work/output" 2>&1
}

set_image() {
  local image
  image=$(kubectl get deployment/cloud-communal-service -n cloud -o 'jsonpath={.spec.template.spec.containers[0].image}')
  image=${image%%@*}
  kubectl set image deployment/cloud-communal-service -n cloud "cloud-communal-service=${image%:*}:$TO" >"$work/output" 2>&1 &&
    kubectl rollout status deployment/cloud-communal-service -n cloud --timeout="${LONGEST}s" >"$work/output" 2>&1
}

result() { # passed|failed MESSAGE
  if [[ $1 == passed ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  echo "$1  $folder: $2"
}

if (($# == 0)); then
  mapfile -t folders < <(cd "$HERE" && printf '%s\n' base overlays/*)
  set -- "${folders[@]}"
fi
for program in kubectl node; do
  command -v "$program" >/dev/null || die "$program is not on the PATH; install it"
done
for candidate in "$@"; do
  [[ -f $HERE/$candidate/kustomization.yaml ]] || die "$candidate has no kustomization.yaml; give a folder relative to $HERE, such as overlays/single"
done
kubectl get --raw /readyz >/dev/null 2>&1 || die "the cluster of the current kubeconfig does not respond; run 'kubectl cluster-info'"
kubectl get namespace cloud >/dev/null 2>&1 && die "namespace cloud exists; delete it first, because this script deletes the namespace that it deploys"
[[ -n $URLS ]] || URLS=$(every_node)

for folder in "$@"; do
  render || die "$folder cannot be rendered; run 'kubectl kustomize $HERE/$folder'"
  missing=$(what_is_missing)
  if [[ -n $missing ]]; then
    skipped=$((skipped + 1))
    echo "skipped $folder: $missing"
    folder=''
    continue
  fi
  if ! deploy; then
    result failed "the deployment failed: $(tail -1 "$work/output")"
  else
    # The kube-proxy of a node may not have learned of the new pods yet.
    sleep 5
    pods=$(pods_now | wc -l)
    start_load
    set_image
    rolled=$?
    stop_load
    gone=$?
    if ((rolled != 0)); then
      result failed "the rollout failed: $(tail -1 "$work/output")"
    elif ((gone != 0)); then
      result failed 'an old pod was still there after 120 s'
    elif ((load_status != 0)) || [[ $load_counts != *" ${TO%@*}="* ]]; then
      result failed "set image under load, $pods pods: $load_counts"
      printf '%s\n' "$load_drops" | head -20 | sed 's/^/        | /'
    else
      result passed "set image under load, $pods pods: $load_counts"
    fi
  fi
  kubectl delete namespace cloud --ignore-not-found --wait >/dev/null
  folder=''
done
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0))
