#!/usr/bin/env bash
# Runs every command of the tutorial, word for word and in its order, on the cluster of the current kubeconfig. It
# checks the output and the effect of each command. The three rollouts run under load from a client that never retries.
# Prints a line for each command.
#
#     IMAGE=REGISTRY/cloud-communal FROM=v1.0.0 TO=v1.0.1 k8s/tutorial.sh
#
# IMAGE      the image without its tag; default: the tutorial's
# FROM, TO   the tags to start from and to update to, both in the registry; default: v1.0.0 and v1.0.1
# URLS       the targets of the load; default: port 30080 of every node
# RATE       requests a second; default: 200
# MANIFEST   the file to apply; default: k8s-cloud-communal.yaml beside this script
# KEEP=1     keeps the Deployment; by default the script deletes everything, also after a failure or Ctrl-C
#
# Needs kubectl, curl and Node 20. Exit code: 0 every check passed; 1 a check failed; 2 the script cannot start.
set -uo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ORIGINAL=registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal
IMAGE=${IMAGE:-$ORIGINAL}
FROM=${FROM:-v1.0.0}
TO=${TO:-v1.0.1}
RATE=${RATE:-200}
MANIFEST=${MANIFEST:-$HERE/k8s-cloud-communal.yaml}
KEEP=${KEEP:-}
URLS=${URLS:-}
# The longest wait in seconds. A rollout of three pods takes about 45 s, and longer with a slow pull.
LONGEST=300
# shellcheck source=load.sh
source "$HERE/load.sh"

passed=0
failed=0
output='' status=0 faults=()
work=$(mktemp -d)
client_pid='' namespace_was_there='' applied=''

die() {
  echo "tutorial: $*" >&2
  exit 2
}

clean_up() {
  [[ -n $client_pid ]] && kill "$client_pid" 2>/dev/null
  [[ -f $work/watch.pid ]] && kill "$(cat "$work/watch.pid")" 2>/dev/null
  if [[ -n $applied && -z $KEEP ]]; then
    if [[ -n $namespace_was_there ]]; then
      sed '/^kind: Namespace$/,/^---$/d' "$work/k8s-cloud-communal.yaml" | kubectl delete --ignore-not-found -f - >/dev/null
    else
      kubectl delete namespace cloud --ignore-not-found >/dev/null
    fi
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- run a command and check it ---------------------------------------------------------------------------------------

run() { # COMMAND: runs it as the tutorial prints it, in the folder of the manifest
  command=$1 faults=()
  output=$(cd "$work" && timeout "$LONGEST" bash -c "$1" 2>&1)
  status=$?
}

ends_with() { # EXIT_STATUS
  ((status == $1)) || faults+=("the exit code is $status, not $1")
}

shows() { # EXTENDED_REGULAR_EXPRESSION
  grep -Eq -- "$1" <<<"$output" || faults+=("the output does not match /$1/")
}

hides() { # EXTENDED_REGULAR_EXPRESSION
  if grep -Eq -- "$1" <<<"$output"; then faults+=("the output matches /$1/"); fi
}

equals() { # NAME EXPECTED ACTUAL
  [[ $2 == "$3" ]] || faults+=("$1 is '$3', not '$2'")
}

report() { # [NAME]: prints the result of the command
  local what=${1:-$command}
  if ((${#faults[@]} == 0)); then
    passed=$((passed + 1))
    echo "passed  $what"
    return
  fi
  failed=$((failed + 1))
  local all
  all=$(printf '; %s' "${faults[@]}")
  echo "failed  $what: ${all:2}"
  printf '%s\n' "$output" | sed 's/^/        | /'
}

field() { kubectl get "$1" -n cloud -o "jsonpath=$2" 2>/dev/null; }
image_now() { field deployment/cloud-communal-service '{.spec.template.spec.containers[0].image}'; }

# --- load -------------------------------------------------------------------------------------------------------------

rolled_under_load() { # ROLLOUT OLD_TAG NEW_TAG: ends the load and checks its counts
  faults=()
  stop_load || faults+=("an old pod was still there after 120 s")
  status=$load_status output=$load_counts$'\n'$load_drops
  ends_with 0
  shows " $2=[0-9]+"
  shows " $3=[0-9]+"
  report "load through $1: $(sed -n 's/.*answered \([0-9]*\) dropped \([0-9]*\).*/\1 answered, \2 dropped/p' <<<"$load_counts")"
}

# --- preconditions ----------------------------------------------------------------------------------------------------

for program in kubectl curl node; do
  command -v "$program" >/dev/null || die "$program is not on the PATH; install it"
done
kubectl get --raw /readyz >/dev/null 2>&1 || die "the cluster of the current kubeconfig does not respond; run 'kubectl cluster-info'"
[[ -f $MANIFEST ]] || die "MANIFEST $MANIFEST does not exist; name a file"
if kubectl get deployment/cloud-communal-service -n cloud >/dev/null 2>&1; then
  die "deployment/cloud-communal-service exists in namespace cloud, with older revisions; delete it first"
fi
kubectl get namespace cloud >/dev/null 2>&1 && namespace_was_there=1
[[ -n $URLS ]] || URLS=$(every_node)
sed "s#$ORIGINAL:v1\.0\.0#$IMAGE:$FROM#; s#\(change-cause: \)v1\.0\.0#\1$FROM#" "$MANIFEST" >"$work/k8s-cloud-communal.yaml"
export NO_COLOR=1

# --- the tutorial -----------------------------------------------------------------------------------------------------

applied=1
run 'kubectl apply -f k8s-cloud-communal.yaml'
ends_with 0
shows '^deployment\.apps/cloud-communal-service created$'
shows '^service/cloud-communal-service created$'
equals 'the Service' 'NodePort 30080 18080' \
  "$(field service/cloud-communal-service '{.spec.type} {.spec.ports[0].nodePort} {.spec.ports[0].targetPort}')"
equals 'the image' "$IMAGE:$FROM" "$(image_now)"
report

kubectl rollout status deployment/cloud-communal-service -n cloud --timeout="${LONGEST}s" >/dev/null 2>&1
for url in $URLS; do
  run "curl --silent --show-error --fail --retry 20 --retry-delay 1 --retry-all-errors --max-time 60 $url/"
  ends_with 0
  shows "\"version\":\"$FROM\""
  report
done

start_load
(
  kubectl get pod -n cloud -w &
  echo $! >"$work/watch.pid"
  wait
) 2>/dev/null | grep cloud-communal-service >"$work/watch" &
watch_pid=$!

run "kubectl set image deployment/cloud-communal-service -n cloud cloud-communal-service=$IMAGE:$TO"
ends_with 0
shows '^deployment\.apps/cloud-communal-service image updated$'
report

# The only command that the tutorial does not have. It gives the new revision its CHANGE-CAUSE.
run "kubectl annotate deployment/cloud-communal-service -n cloud kubernetes.io/change-cause='$TO by set image' --overwrite"
ends_with 0
report

run 'kubectl rollout status deployment/cloud-communal-service -n cloud'
ends_with 0
shows '^deployment "cloud-communal-service" successfully rolled out$'
equals 'the image' "$IMAGE:$TO" "$(image_now)"
report

run 'kubectl get pods -n cloud -o wide'
ends_with 0
shows '^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE'
shows 'Running'
shows 'Terminating'
report "$command (an old pod drains)"

rolled_under_load 'set image' "$FROM" "$TO"

kill "$(cat "$work/watch.pid")" 2>/dev/null
wait "$watch_pid"
command='kubectl get pod -n cloud -w | grep cloud-communal-service' faults=() output=$(cat "$work/watch")
rm -f "$work/watch.pid"
for pod in $old_pods; do shows "^${pod#pod/} .*Terminating"; done
for pod in $(pods_now); do shows "^${pod#pod/} .*1/1 +Running"; done
report "$command (each old pod Terminating, each new one Running)"

run 'kubectl rollout history deployment cloud-communal-service -n cloud'
ends_with 0
shows '^REVISION +CHANGE-CAUSE$'
shows "^1 +$FROM"
shows "^2 +$TO"
hides '<none>'
for revision in "1 $FROM" "2 $TO"; do
  history=$(kubectl rollout history deployment cloud-communal-service -n cloud --revision="${revision% *}" 2>&1)
  grep -Fq "$IMAGE:${revision#* }" <<<"$history" || faults+=("revision ${revision% *} does not have the image $IMAGE:${revision#* }")
done
report

start_load
run 'kubectl rollout undo deployment cloud-communal-service -n cloud'
ends_with 0
shows '^deployment\.apps/cloud-communal-service rolled back$'
report
run 'kubectl rollout status deployment/cloud-communal-service -n cloud'
ends_with 0
shows 'successfully rolled out$'
equals 'the image' "$IMAGE:$FROM" "$(image_now)"
report
rolled_under_load 'undo' "$TO" "$FROM"

# The tutorial's command lacks the word `deployment`. kubectl refuses it, and nothing changes.
run 'kubectl rollout undo cloud-communal-service -n cloud --to-revision=2'
ends_with 1
shows "the server doesn't have a resource type"
equals 'the image' "$IMAGE:$FROM" "$(image_now)"
report "$command (refused, as it must be)"

start_load
run 'kubectl rollout undo deployment cloud-communal-service -n cloud --to-revision=2'
ends_with 0
shows '^deployment\.apps/cloud-communal-service rolled back$'
report
run 'kubectl rollout status deployment/cloud-communal-service -n cloud'
ends_with 0
shows 'successfully rolled out$'
equals 'the image' "$IMAGE:$TO" "$(image_now)"
report
rolled_under_load 'undo --to-revision=2' "$FROM" "$TO"

run 'kubectl rollout history deployment cloud-communal-service -n cloud'
ends_with 0
shows "^3 +$FROM"
shows "^4 +$TO"
hides '<none>'
hides '^[12] '
report

replicas=$(field deployment/cloud-communal-service '{.spec.replicas}')
run 'kubectl get deployment -n cloud -o wide'
ends_with 0
shows '^NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR$'
shows "^cloud-communal-service +$replicas/$replicas +$replicas +$replicas .* $IMAGE:$TO +app=cloud-communal-service$"
report

run 'kubectl get pods -n cloud -o wide'
ends_with 0
equals 'the number of pods that are Running and ready' "$replicas" "$(grep -Ec '^cloud-communal-service-.* 1/1 +Running' <<<"$output")"
hides 'Terminating'
report

echo "$passed passed, $failed failed"
((failed == 0))
