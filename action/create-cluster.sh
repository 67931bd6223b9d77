#!/usr/bin/env bash
# Creates a kind cluster with a kubeconfig of its own, and loads images of the runner into it.
#
#     IMAGES   images, one a line
set -euo pipefail

kubeconfig=$RUNNER_TEMP/zero-drop/kubeconfig
name=zero-drop
echo "name=$name" >>"$GITHUB_OUTPUT"
kind create cluster --name "$name" --kubeconfig "$kubeconfig" --wait 120s
echo "kubeconfig=$kubeconfig" >>"$GITHUB_OUTPUT"

while read -r image; do
  [[ -z $image ]] || kind load docker-image --name "$name" "$image"
done <<<"$IMAGES"
