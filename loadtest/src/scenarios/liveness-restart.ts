import type { Scenario } from './scenario.js'

export const livenessRestart: Scenario = {
  name: 'liveness-restart',
  description:
    'the kubelet restarts a container whose liveness probe fails: SIGTERM while its endpoint is not terminating',
  // On this machine no pod is added beside those of the Deployment.
  targets: ['kubernetes'],
  expects: 'replaced',
  flags: [],
}
