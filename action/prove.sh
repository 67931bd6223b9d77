#!/usr/bin/env bash
# Runs zero-drop prove with the inputs of the action. The step succeeds: its output `status` is the exit code.
#
#     CLUSTER     kind, existing or none
#     FLAGS       more flags, one a line
#     MANIFESTS, WORKLOAD, NAMESPACE, IMAGE   as the inputs; empty: not given
#     KIND_KUBECONFIG   the kubeconfig of the kind cluster; empty: that of the runner
set -euo pipefail

[[ -z $KIND_KUBECONFIG ]] || export KUBECONFIG=$KIND_KUBECONFIG
reports=$RUNNER_TEMP/zero-drop/reports
mkdir -p "$reports"

words=(prove --report "$reports/report.json" --junit "$reports/junit.xml")
add() { # FLAG VALUE
  [[ -z $2 ]] || words+=("$1" "$2")
}
case $CLUSTER in
  none) add --manifests "$MANIFESTS" ;;
  kind | existing)
    words+=(--target kubernetes)
    add --namespace "$NAMESPACE"
    add --image "$IMAGE"
    ;;
esac
add --workload "$WORKLOAD"

while read -r line; do
  flag=${line%% *}
  if [[ -z $line ]]; then
    continue
  elif [[ $flag == *=* || $flag == "$line" ]]; then
    words+=("$line")
  else
    value=${line#"$flag"}
    words+=("$flag" "${value#"${value%%[! ]*}"}")
  fi
done <<<"$FLAGS"

# A line that a pod printed is no command to the runner.
token=$RANDOM$RANDOM$RANDOM
echo "::stop-commands::$token"
status=0
zero-drop "${words[@]}" 2> >(tee "$reports/stderr.txt" >&2) || status=$?
wait
echo "::$token::"
echo "reports=$reports" >>"$GITHUB_OUTPUT"
echo "status=$status" >>"$GITHUB_OUTPUT"
