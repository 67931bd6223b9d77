import { scenariosOf, targetsOf } from '../../scenarios/index.js'
import type { Flag } from './flag.js'
import { INIT_FLAGS } from './init-flags.js'
import { PROVE_FLAGS } from './prove-flags.js'
import { SELF_TEST_FLAGS } from './self-test-flags.js'
import { SUITE_FLAGS } from './suite-flags.js'

const EXIT_STATUSES = `Exit status:
  0  proven: no request was dropped, and the run could have seen a drop
  1  drops: at least one request was dropped
  2  the command line, or what it names, cannot be used
  3  inconclusive: nothing was dropped, but the run proves nothing, or it was interrupted
  4  the harness itself failed`

export const generalHelp =
  (): string => `zero-drop drives load through a rollout, accounts for every request, and gives a verdict.

Usage:
  zero-drop prove [flags]         prove on this machine that a rolling update drops no request
  zero-drop prove --help          all flags
  zero-drop suite [flags]         the same for several scenarios, one after the other, with a table at the end
  zero-drop suite --help          its flags
  zero-drop init [flags]          write a zero-drop.yaml that says what another service can be asked for
  zero-drop init --help           its flags
  zero-drop self-test             see whether the harness finds the faults that it plants for itself
  zero-drop --version

${EXIT_STATUSES}
`

export const proveHelp = (): string => `Rolls a service out under load and says whether a request was dropped.

Usage:
  zero-drop prove
  zero-drop prove --target kubernetes --image registry/name:v1.0.1
  zero-drop prove --target kubernetes --scenario undo

${flagHelp(PROVE_FLAGS)}

${scenarioHelp()}

On a cluster the naive twin is a clone of the Deployment, with a Service of its own, that is restarted under the same load
and then removed. A finished rollout is kept: going back would be a second one that
nobody measures. --restore puts it back.

${EXIT_STATUSES}
`

export const suiteHelp = (): string => `Proves several scenarios one after the other, and prints a table.

Usage:
  zero-drop suite
  zero-drop suite --scenarios set-image,undo,delete-pod,crashing-image
  zero-drop suite --command 'node server.js' --twin-command 'node naive.js'

${flagHelp(SUITE_FLAGS)}

${scenarioHelp()}

Each scenario has a report of its own. One that cannot run does not keep the others from running. The exit status is the worst
of all: 4, 2, 1, 3, then 0.

${EXIT_STATUSES}
`

export const initHelp =
  (): string => `Writes a commented zero-drop.yaml into the current folder: what a service can be asked for.

Usage:
  zero-drop init
  zero-drop init --name shop --read /health --slow '/delay/{ms}'

${flagHelp(INIT_FLAGS)}
`

export const selfTestHelp =
  (): string => `Plants faults between its own clients and a server of its own, and looks whether each is found and named.

Usage:
  zero-drop self-test

${flagHelp(SELF_TEST_FLAGS)}

It takes seven seconds and stays on this machine. Every proof begins with it.

Exit status:
  0  every planted fault was found and named, and none was reported where there was none
  3  interrupted
  4  otherwise: this harness would misjudge a service
`

const WIDTH = 26

function scenarioHelp(): string {
  const lines = scenariosOf().map((scenario) => {
    const { name, description } = scenario
    const targets = targetsOf(scenario)
    const only = targets.length === 1 ? ` (${targets[0]} only)` : ''
    return `  ${name.padEnd(WIDTH)}${description}${only}`
  })
  return ['Scenarios:', ...lines].join('\n')
}

function flagHelp(flags: readonly Flag[]): string {
  const groups = [...new Set(flags.map(({ group }) => group))]
  return groups
    .map((group) => {
      const lines = flags
        .filter((flag) => flag.group === group)
        .map(
          ({ name, value, help }) =>
            `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(WIDTH - 1)} ${help}`,
        )
      return [`${group}:`, ...lines].join('\n')
    })
    .join('\n\n')
}
