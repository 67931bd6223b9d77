import type { FlagGroup } from './flag.js'
import { number, oneOf, several, text, url } from './values.js'

/** The flags that only the Kubernetes target has. */
export interface KubernetesValues {
  readonly namespace?: string
  readonly deployment?: string
  readonly container?: string
  readonly image?: string
  readonly url: readonly string[]
  readonly twinImage?: string
  readonly restore?: boolean
  readonly kubeconfig?: string
  readonly context?: string
}

/** Where the load comes from. */
export interface LoadFromValues {
  readonly loadFrom: 'here' | 'cluster'
  readonly workers?: number
  readonly workerImage?: string
}

const MOST_WORKERS = 1_000

export const LOAD_FROM_FLAGS: FlagGroup<LoadFromValues> = {
  heading: 'Workers',
  flags: {
    loadFrom: {
      value: 'PLACE',
      help: 'here: this machine sends the load; cluster: pods of the cluster do, to the name of the Service',
      byDefault: 'here',
      parse: oneOf(['here', 'cluster']),
    },
    workers: {
      value: 'N',
      help: 'number of pods that share the rate, with --load-from cluster',
      defaultText: '1',
      parse: number({ min: 1, max: MOST_WORKERS, whole: true, unit: 'workers' }),
    },
    workerImage: {
      value: 'IMAGE',
      help: 'image of zero-drop as the nodes pull it; required with --load-from cluster',
      parse: text,
    },
  },
}

export const KUBERNETES_FLAGS: FlagGroup<KubernetesValues> = {
  heading: 'Kubernetes target',
  flags: {
    namespace: {
      value: 'NAME',
      short: 'n',
      help: 'namespace of the workload',
      defaultText: 'that of the context',
      usual: true,
      parse: text,
    },
    deployment: {
      value: 'NAME',
      help: 'short for --workload deployment/NAME',
      conflicts: ['workload'],
      parse: text,
    },
    container: {
      value: 'NAME',
      help: 'container whose image is updated',
      defaultText: 'the only one',
      parse: text,
    },
    image: {
      value: 'IMAGE',
      help: 'new image for the scenario set-image, as in registry/name:v1.0.1; required for that scenario',
      usual: true,
      parse: text,
    },
    url: {
      value: 'URL',
      help: 'base URL that the load goes to; repeatable',
      defaultText: "the Service's NodePort on every node",
      byDefault: [],
      repeatable: true,
      parse: several(url),
    },
    twinImage: {
      value: 'IMAGE',
      help: 'image of the naive twin, which runs its own command',
      defaultText: 'the image of the workload, with --twin-command',
      parse: text,
    },
    restore: { help: 'also undo a rollout that succeeded; a failed or interrupted one is always undone' },
    kubeconfig: {
      value: 'FILE',
      help: 'kubeconfig file',
      defaultText: 'the same as kubectl: $KUBECONFIG, then ~/.kube/config',
      parse: text,
    },
    context: { value: 'NAME', help: 'context of the kubeconfig', defaultText: 'the current context', parse: text },
  },
}
