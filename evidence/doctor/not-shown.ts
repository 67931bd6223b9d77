/** Rules without a row, each with the reason. */
export const NOT_SHOWN: Readonly<Record<string, string>> = {
  'prestop-beside-delay':
    'The two waits spend the grace period; `grace-period-too-short` shows what happens when it is over.',
  'prestop-cannot-run':
    'SIGTERM comes without the delay, as in `no-shutdown-delay`. On a cluster the failed hook takes about as long as kube-proxy needs to learn of the change: one run lost 4 of 6,834 requests, another 0 of 9,134.',
  'shutdown-variables': 'The new version does not start: the rollout stops, and the old pods serve.',
  'readiness-equals-liveness':
    'A restart by the kubelet is a graceful shutdown, which this service survives, as in the corrected run of `slow-readiness`.',
  'liveness-before-start': 'The pod never becomes ready: the rollout stops, and the old pods serve.',
  'probe-port': 'The pod never becomes ready: the rollout stops, and the old pods serve.',
  'surge-without-node':
    'Without a free node the rollout waits and ends no pod: two pods with a `hostPort` on two nodes lost 0 of 6,164 requests in that time. With a `maxUnavailable` above 0 an old pod goes first, and the others serve.',
  'no-spread':
    'A drain evicts one pod after the other, as the PodDisruptionBudget allows: the drain of a node with both pods lost 0 of 2,511 requests. Without a budget, see `no-pdb`. Only the sudden loss of the node takes both at once.',
  'min-ready-seconds':
    'Until a load balancer learns of the new pod, it sends to the old one, which serves during its delay. A run on this machine with one replica, `minReadySeconds: 0`, and load balancers that learn of a change after 2 to 4 s lost 0 of 835 requests.',
  'progress-deadline': 'The rollout counts as failed; what undoes it drops requests or not.',
  'revision-history': 'It prevents an undo, and drops no request itself.',
  'mutable-tag': 'It prevents an undo, and drops no request itself.',
  'misplaced-field':
    'kubectl refuses the manifest. Without its validation the default of the field applies, as in the rules of these fields.',
  'selector-mismatch': 'The API server refuses the manifest.',
  'pdb-blocks-drain': 'The drain waits. Requests are lost when somebody ends it by force, or the cloud ends the node.',
  'service-selects-nothing': 'No request is answered at any time.',
  'namespace-mismatch': 'No request is answered at any time.',
  'target-port': 'No request is answered at any time.',
  'session-affinity': 'It loses state in a pod, not a request.',
  'hpa-and-replicas': 'The surplus pods drain, and the others serve. Only an overload loses requests.',
  'hpa-target': 'Nothing scales. Only an overload loses requests.',
  'ingress-backend': 'No request is answered at any time.',
  'keep-alive-below-proxy':
    'The proxy must send a request at the moment when the service closes the connection, and the steady load of a run seldom does. Behind nginx with a `keepalive_timeout` of 60 s, 13 of 2,000 POSTs got status 502 that were sent within 8 ms of the idle limit of the service, 2 s. With a limit of 75 s, 0 of 1,500 did.',
  'balancer-drain': 'Needs a load balancer of a cloud.',
  'no-readiness-gate': 'Needs a load balancer of AWS.',
  'parallel-pods':
    'The pods drain together, and the others serve: a scale-down from four pods to one lost 0 of 1,615 requests. Only an overload loses requests.',
  'rollout-switch': 'Needs Argo Rollouts.',
  'on-delete':
    'A change rolls nothing, and `zero-drop` refuses such a workload. The person who deletes the pods decides how many go at once: `kubectl delete pods` for both pods of a StatefulSet lost 14 of 989 requests, and `kubectl rollout restart` with RollingUpdate lost 0 of 3,333.',
  'ignore-without-reason': 'It concerns comments.',
}
