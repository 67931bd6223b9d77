# shellcheck shell=bash
# For the scripts beside it: load from the client that never retries, while something is rolled out. They set URLS, RATE (a second),
# LONGEST (seconds) and work (a folder).
# shellcheck disable=SC2154,SC2034 # set there; read there

pods_now() { kubectl get pods -n cloud -l app=cloud-communal-service -o name; }

# Where the load goes, unless URLS says so: port 30080 of every node.
every_node() {
  local address
  # A node of two address families has an address of each: its first is the one that it goes by.
  kubectl get nodes -o 'jsonpath={range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address}{"\n"}{end}' |
    while read -r address _; do
      [[ $address == *:* ]] && address="[$address]"
      echo "http://$address:30080"
    done
}

start_load() { # notes which pods are the old ones, too: old_pods
  local url arguments=()
  for url in $URLS; do arguments+=(--url "$url"); done
  old_pods=$(pods_now)
  node "$(dirname "${BASH_SOURCE[0]}")/client.mjs" "${arguments[@]}" --rate "$RATE" --seconds "$LONGEST" \
    >"$work/counts" 2>"$work/drops" &
  client_pid=$!
  sleep 2
}

stop_load() { # once every old pod is gone; sets load_status, load_counts and load_drops, and is false where a pod stays
  local gone=0
  # shellcheck disable=SC2086 # a list of names
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
