import { CLIENT_CLASSES } from '../../clients/index.js'
import { scenariosOf } from '../../scenarios/index.js'
import type { Flag } from './flag.js'
import { LOCAL_FLAGS } from './local-flags.js'

const SCENARIO = 'Scenario'
const LOAD = 'Load'
const KUBERNETES = 'Kubernetes target'
const OUTPUT = 'Output'

/** Every flag of `zero-drop prove`, in the order of its help. */
export const PROVE_FLAGS: readonly Flag[] = [
  {
    name: 'target',
    value: 'WHERE',
    group: 'What to prove',
    help: 'local (default): processes of this machine; kubernetes: a workload of the current cluster',
  },
  {
    name: 'service',
    value: 'WHICH',
    group: 'What to prove',
    help: 'graceful (default): the service, then its naive twin; naive: the twin alone',
  },
  {
    name: 'scenario',
    value: 'HOW',
    group: 'What to prove',
    help: 'what happens under load: see Scenarios. Default: set-image; on kubernetes without --image: restart',
  },
  ...scenariosOf().flatMap(({ flags }) =>
    flags.map(({ name, value, help }) => ({ name, value, help, group: SCENARIO })),
  ),
  {
    name: 'no-twin',
    group: 'What to prove',
    help: 'leave out the naive twin; without it a run without drops stays inconclusive (exit 3)',
  },
  {
    name: 'twin-command',
    value: 'COMMAND',
    group: 'What to prove',
    help: 'what the naive twin runs. On kubernetes, in a clone of the workload, default: node dist/naive.js; with --command: none',
  },
  {
    name: 'repeat',
    value: 'N',
    group: 'What to prove',
    help: 'how many rollouts, there and back, with other seeds; one verdict over all. Default: 1; with --until-bound 20',
  },
  {
    name: 'until-bound',
    value: 'SHARE',
    group: 'What to prove',
    help: 'repeat, --repeat times at most, until at 95 % confidence no larger share is dropped, as in 0.0005',
  },
  { name: 'timeout', value: 'SECONDS', group: 'What to prove', help: 'how long a rollout may take. Default: 300' },
  { name: 'rate', value: 'N', group: LOAD, help: 'requests per second over all client classes and URLs. Default: 200' },
  {
    name: 'background',
    value: 'N',
    group: LOAD,
    help: 'requests per second by autocannon on top, no part of the verdict; 0: none. Default: 20',
  },
  {
    name: 'retrying',
    value: 'N',
    group: LOAD,
    help: 'requests per second by a client with the usual retries, no part of the verdict; 0: none. Default: 10',
  },
  {
    name: 'answer-timeout',
    value: 'SECONDS',
    group: LOAD,
    help: 'how long after it should have come an answer is waited for; a later one is a drop. Default: 10',
  },
  {
    name: 'profile',
    value: 'FILE',
    group: LOAD,
    help: 'what the service can be asked for. Default: zero-drop.yaml of this folder; else the routes of cloud-communal-service',
  },
  {
    name: 'clients',
    value: 'A,B,…',
    group: LOAD,
    help: `only these client classes. There are: ${CLIENT_CLASSES.map(({ name }) => name).join(', ')}`,
  },
  {
    name: 'without',
    value: 'A,B,…',
    group: LOAD,
    help: 'all client classes that the service offers something for but these. Default: all of them',
  },
  {
    name: 'seed',
    value: 'N',
    group: LOAD,
    help: 'of every random choice; the same seed gives the same load. Default: 1',
  },
  ...LOCAL_FLAGS,
  { name: 'namespace', value: 'NAME', group: KUBERNETES, help: 'Default: cloud' },
  {
    name: 'workload',
    value: 'KIND/NAME',
    group: KUBERNETES,
    help: 'a deployment, statefulset or daemonset. Default: deployment/cloud-communal-service',
  },
  { name: 'deployment', value: 'NAME', group: KUBERNETES, help: 'short for --workload deployment/NAME' },
  {
    name: 'container',
    value: 'NAME',
    group: KUBERNETES,
    help: 'whose image is set. Default: the only one',
  },
  {
    name: 'image',
    value: 'IMAGE',
    group: KUBERNETES,
    help: 'what set-image rolls to, as in registry/name:v1.0.1. Required for it: which version is next is not guessed',
  },
  {
    name: 'url',
    value: 'URL',
    group: KUBERNETES,
    repeatable: true,
    help: 'where the load goes; repeatable. Default: the NodePort of the Service at every node',
  },
  {
    name: 'twin-image',
    value: 'IMAGE',
    group: KUBERNETES,
    help: 'the image of the naive twin, with its own command. Default: that of the workload, with --twin-command',
  },
  {
    name: 'restore',
    group: KUBERNETES,
    help: 'put a finished rollout back, too; a failed or interrupted one always is',
  },
  {
    name: 'kubeconfig',
    value: 'FILE',
    group: KUBERNETES,
    help: 'Default: as kubectl: $KUBECONFIG, then ~/.kube/config',
  },
  { name: 'context', value: 'NAME', group: KUBERNETES, help: 'Default: the current one' },
  { name: 'report', value: 'FILE', group: OUTPUT, help: 'Default: report.json' },
  {
    name: 'html',
    value: 'FILE',
    group: OUTPUT,
    help: 'the report as a page in one file, for the eyes. Default: beside the report, as in report.html',
  },
  {
    name: 'junit',
    value: 'FILE',
    group: OUTPUT,
    help: 'the verdict as JUnit XML, a test case for each scenario, for CI. Default: not written',
  },
  { name: 'json', group: OUTPUT, help: 'print the report to stdout as JSON instead of the text' },
  { name: 'quiet', group: OUTPUT, help: 'no progress line' },
  { name: 'help', group: OUTPUT, help: 'print this' },
]

/** The flags of a target; with the other one they are a mistake. */
export const flagsOf = (target: 'local' | 'kubernetes'): readonly string[] =>
  (target === 'local' ? LOCAL_FLAGS : PROVE_FLAGS.filter(({ group }) => group === KUBERNETES)).map(({ name }) => name)
