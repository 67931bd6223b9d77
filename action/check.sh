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
new_enough='const [major, minor] = process.versions.node.split(".").map(Number)
process.exit(major > 22 || (major === 22 && minor >= 19) ? 0 : 1)'
[[ $CLUSTER == none ]] || node -e "$new_enough" ||
  fail "a proof on a cluster needs Node 22.19 or newer, this is $(node --version): use actions/setup-node in an earlier step"
[[ -z $MANIFESTS || -e $MANIFESTS ]] ||
  fail "the input manifests is $MANIFESTS, which does not exist in $PWD: check out the repository first, or give another path"
