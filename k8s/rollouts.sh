#!/usr/bin/env bash
# Deploys the given folders on the cluster of the current kubeconfig, one after the other. For each, it updates the
# image under load from a client that never retries and prints one line. It deletes the objects again, also after a
# failure or Ctrl-C.
#
#     TO=v1.0.1 k8s/rollouts.sh base overlays/local overlays/production overlays/hostnetwork overlays/single
#
# TO      the tag to update to; the registry must have it beside the deployed one; default: v1.0.1
# URLS    the targets of the load; default: port 30080 of every node
# RATE    requests a second; default: 200
#
# Needs kubectl and Node 20. Exit status: 0 no request was dropped; 1 a request was dropped, or a rollout failed; 2 the
# script cannot start.
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TO=${TO:-v1.0.1}
RATE=${RATE:-200}
URLS=${URLS:-}
LONGEST=300
# shellcheck source=load.sh
source "$HERE/load.sh"

work=$(mktemp -d)
client_pid='' folder='' failed=0 passed=0

die() {
  echo "rollouts: $*" >&2
  exit 2
}

clean_up() {
  [[ -n $client_pid ]] && kill "$client_pid" 2>/dev/null
  [[ -n $folder ]] && kubectl delete -k "$HERE/$folder" --ignore-not-found --wait >/dev/null
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

deploy() { # and wait until all pods are available
  local wanted
  kubectl apply -k "$HERE/$folder" >"$work/output" 2>&1 || return
  kubectl rollout status deployment/cloud-communal-service -n cloud --timeout="${LONGEST}s" >"$work/output" 2>&1 || return
  # With an autoscaler, a Deployment starts with one pod.
  wanted=$(kubectl get horizontalpodautoscaler/cloud-communal-service -n cloud -o 'jsonpath={.spec.minReplicas}' 2>/dev/null)
  [[ -z $wanted ]] || kubectl wait deployment/cloud-communal-service -n cloud \
    --for="jsonpath={.status.availableReplicas}=$wanted" --timeout=120s >"$work/output" 2>&1
}

set_image() {
  local image
  image=$(kubectl get deployment/cloud-communal-service -n cloud -o 'jsonpath={.spec.template.spec.containers[0].image}')
  kubectl set image deployment/cloud-communal-service -n cloud "cloud-communal-service=${image%:*}:$TO" >"$work/output" 2>&1 &&
    kubectl rollout status deployment/cloud-communal-service -n cloud --timeout="${LONGEST}s" >"$work/output" 2>&1
}

result() { # passed|failed MESSAGE
  if [[ $1 == passed ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  echo "$1  $folder: $2"
}

(($#)) || die "no folder is given; name at least one, as in: rollouts.sh base overlays/single"
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
    elif ((load_status != 0)) || [[ $load_counts != *" $TO="* ]]; then
      result failed "set image under load, $pods pods: $load_counts"
      printf '%s\n' "$load_drops" | head -20 | sed 's/^/        | /'
    else
      result passed "set image under load, $pods pods: $load_counts"
    fi
  fi
  kubectl delete -k "$HERE/$folder" --ignore-not-found --wait >/dev/null
  folder=''
done
echo "$passed passed, $failed failed"
((failed == 0))
