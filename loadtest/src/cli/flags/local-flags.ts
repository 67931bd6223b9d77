import { PROPAGATION_NAMES } from '../../targets/local/balancers/propagation.js'
import type { Flag } from './flag.js'

const LOCAL = 'Local target'
const COMMAND = 'Any program (local target, instead of manifests)'

/** The flags of the local target: all of them are a mistake with another one. */
export const LOCAL_FLAGS: readonly Flag[] = [
  {
    name: 'manifests',
    value: 'PATH',
    group: LOCAL,
    help: 'folder or file with the Deployment and the Service. Default: k8s/base',
  },
  {
    name: 'nodes',
    value: 'N',
    group: LOCAL,
    help: 'how many nodes, each with a load balancer of its own that the load goes through. Default: 3',
  },
  {
    name: 'propagation',
    value: 'HOW',
    group: LOCAL,
    help: `how late load balancers learn of changes: ${PROPAGATION_NAMES.join(', ')}, or a range of seconds as 0-30 (0.3-0.3 is 300 ms). Default: kube-proxy`,
  },
  {
    name: 'env',
    value: 'NAME=VALUE',
    group: LOCAL,
    repeatable: true,
    help: 'a variable of every pod, over that of the manifest; repeatable',
  },
  {
    name: 'logs',
    value: 'FOLDER',
    group: LOCAL,
    help: 'keep what each pod printed, one file a pod. Default: not kept',
  },
  {
    name: 'command',
    value: 'COMMAND',
    group: COMMAND,
    help: 'what one pod runs, in any language, without a shell; {port} in it is its port',
  },
  {
    name: 'v2-command',
    value: 'COMMAND',
    group: COMMAND,
    help: 'what a pod of the new version runs. Default: the same',
  },
  { name: 'port-env', value: 'NAME', group: COMMAND, help: 'the variable that tells it its port. Default: PORT' },
  { name: 'cwd', value: 'FOLDER', group: COMMAND, help: 'where it runs. Default: here' },
  { name: 'replicas', value: 'N', group: COMMAND, help: 'how many pods there are. Default: 3' },
  {
    name: 'readiness-path',
    value: 'PATH',
    group: COMMAND,
    help: 'what is asked for its readiness; 200 to 399 is ready. Default: none, it is ready when it accepts connections',
  },
  { name: 'readiness-period', value: 'SECONDS', group: COMMAND, help: 'how often. Default: 1' },
  {
    name: 'min-ready',
    value: 'SECONDS',
    group: COMMAND,
    help: 'how long a new pod must be ready before an old one goes. Default: 5',
  },
  {
    name: 'grace-period',
    value: 'SECONDS',
    group: COMMAND,
    help: 'how long after SIGTERM comes SIGKILL. Default: 30',
  },
  {
    name: 'path',
    value: 'PATH',
    group: COMMAND,
    help: 'what the load asks for where there is no --profile. Default: the readiness path, else /',
  },
  {
    name: 'contains',
    value: 'TEXT',
    group: COMMAND,
    help: 'what the body of each of its answers must hold. Default: nothing, so that answers are judged by their status alone',
  },
]
