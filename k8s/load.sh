# shellcheck shell=bash
# Functions for tutorial.sh and rollouts.sh: load from the client that never retries, during a rollout. The scripts set
# URLS, RATE (requests a second), LONGEST (seconds) and work (a folder).
# shellcheck disable=SC2154,SC2034 # the scripts set these variables, and read those that are set here

pods_now() { kubectl get pods -n cloud -l app=cloud-communal-service -o name; }

# Prints the default for URLS: port 30080 of every node.
every_node() {
  local address
  # A dual-stack node has two addresses; the first is its primary address.
  kubectl get nodes -o 'jsonpath={range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}' |
    while read -r address _; do
      [[ $address == *:* ]] && address="[$address]"
      echo "http://$address:30080"
    done
}

start_load() { # sets old_pods: the pods before the rollout
  local url arguments=()
  for url in $URLS; do arguments+=(--url "$url"); done
  old_pods=$(pods_now)
  node "$(dirname "${BASH_SOURCE[0]}")/client.mjs" "${arguments[@]}" --rate "$RATE" --seconds "$LONGEST" \
    >"$work/counts" 2>"$work/drops" &
  client_pid=$!
  sleep 2
}

stop_load() { # waits until every old pod is gone; sets load_status, load_counts and load_drops; fails if an old pod stays
  local gone=0
  # shellcheck disable=SC2086 # old_pods is a list of names
  kubectl wait -n cloud --for=delete $old_pods --timeout=120s >/dev/null 2>&1 || gone=1
  sleep 2
  kill "$client_pid"
  wait "$client_pid"
  load_status=$?
  client_pid=''
  load_counts=$(cat "$work/counts")
  load_drops=$(cat "$work/drops")
  return "$gone"
}
