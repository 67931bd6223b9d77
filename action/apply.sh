#!/usr/bin/env bash
# Applies manifests and waits until every workload of them is rolled out.
#
#     MANIFESTS   a file or a folder
#     NAMESPACE   the namespace of objects that name none; empty: that of the kubeconfig
#     TIMEOUT     the limit for each workload, such as 180s
#     KIND_KUBECONFIG   the kubeconfig of the kind cluster; empty: that of the runner
set -euo pipefail

[[ -z $KIND_KUBECONFIG ]] || export KUBECONFIG=$KIND_KUBECONFIG
from=(-f "$MANIFESTS")
for name in kustomization.yaml kustomization.yml Kustomization; do
  [[ ! -f $MANIFESTS/$name ]] || from=(-k "$MANIFESTS")
done
namespace=()
[[ -z $NAMESPACE ]] || namespace=(--namespace "$NAMESPACE")

objects=$(kubectl apply "${from[@]}" "${namespace[@]}" --output \
  'jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.namespace}{"\n"}{end}{.kind}/{.metadata.name} {.metadata.namespace}{"\n"}')
while read -r object in; do
  case ${object%%/*} in
    Deployment | StatefulSet | DaemonSet)
      if ! kubectl rollout status "$object" --namespace "$in" --timeout "$TIMEOUT"; then
        kubectl get pods --namespace "$in" || true
        echo "::error title=zero-drop::$object was not rolled out within $TIMEOUT: see the pods in the log of this step"
        exit 2
      fi
      ;;
  esac
done <<<"$objects"
