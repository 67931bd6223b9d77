#!/usr/bin/env bash
# Checks the inputs and the tools of the runner before anything is installed.
#
#     CLUSTER, MANIFESTS   as the inputs
set -euo pipefail

fail() {
  echo "::error title=zero-drop::$1"
  exit 2
}

case $CLUSTER in
  kind) tools=(kind docker kubectl) ;;
  existing) tools=(kubectl) ;;
  none) tools=() ;;
  *) fail "the input cluster is $CLUSTER: give kind, existing or none" ;;
esac
for tool in "${tools[@]}"; do
  command -v "$tool" >/dev/null ||
    fail "the input cluster is $CLUSTER, but $tool is not installed on this runner: install it in an earlier step"
done
[[ -z $MANIFESTS || -e $MANIFESTS ]] ||
  fail "the input manifests is $MANIFESTS, which does not exist in $PWD: check out the repository first, or give another path"
