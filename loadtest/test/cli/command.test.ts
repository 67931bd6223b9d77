import { copyFileSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CLIENT_CLASSES } from '../../src/clients/index.ts'
import { localFactory } from '../../src/cli/execution/targets/local-factory.ts'
import { readProveSettings } from '../../src/cli/settings/prove-settings.ts'
import type { LocalSettings } from '../../src/cli/settings/local-settings.ts'
import { commandWords } from '../../src/cli/settings/program.ts'
import { anyService } from '../../src/inputs/profile/any-service.ts'
import type { Role } from '../../src/verdict/story/run-record.ts'
import { runAll } from '../../src/proof/prove.ts'
import type { Target } from '../../src/targets/target.ts'
import { FIXTURES, temporaryFolder } from '../fixtures/local-target.ts'
import { shortProof } from '../fixtures/run-options.ts'

const PROGRAM = join(FIXTURES, 'programs/program.js')

/** Returns the responses of a pod of the command before and after its rollout. */
async function answers(role: Role, ...flags: readonly string[]): Promise<[unknown, unknown]> {
  const settings = readProveSettings(['--min-ready', '0', '--replicas', '1', '--propagation', '0-0', ...flags])
  if (settings.target.kind !== 'local') throw new Error('not a command line')
  const create = localFactory(settings, settings.target)
  const target = create(role, { podOutput: () => {}, refused: () => {}, routed: () => {} }, { number: 1, seed: 1 })
  try {
    await target.start(() => {})
    const before = await ask(target)
    await target.rollout(new AbortController().signal)
    return [before, await ask(target)]
  } finally {
    await target.restore({ kept: false })
  }
}

const ask = ({ urls: [url = ''] }: Target): Promise<unknown> =>
  new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => {
      let body = ''
      response.on('data', (bytes: Buffer) => void (body += bytes.toString()))
      response.on('end', () => resolve(JSON.parse(body)))
    })
      .on('error', reject)
      .end()
  })

describe.concurrent('a program without manifests', () => {
  test('receives its port in a variable, and runs in --cwd with the variables of --env', async (context) => {
    const folder = temporaryFolder(context)
    copyFileSync(PROGRAM, join(folder, 'program.mjs'))
    const [before, after] = await answers(
      'service',
      '--command',
      'node program.mjs "first one"',
      '--port-env',
      'LISTEN_ON',
      '--cwd',
      folder,
      '--env',
      'GREETING=a=b',
      '--readiness-path',
      '/ready',
    )
    expect(before).toEqual({ args: ['first one'], greeting: 'a=b', folder })
    expect(after).toEqual(before)
  })

  test('receives its port for {port}; the new version and the twin run their own commands', async () => {
    const flags = [
      '--command',
      `node ${PROGRAM} --port {port} one`,
      '--v2-command',
      `node ${PROGRAM} --port={port} two`,
    ]
    const [before] = await answers('service', ...flags, '--port-env', 'LISTEN_ON')
    expect(before).toMatchObject({ args: ['--port', expect.stringMatching(/^2\d{4}$/), 'one'] as unknown[] })
    const twin = ['--twin-command', `node ${PROGRAM} --port {port} naive`]
    const [naive, naiveToo] = await answers('twin', ...flags, ...twin)
    for (const answer of [naive, naiveToo])
      expect(answer).toMatchObject({ args: ['--port', expect.anything(), 'naive'] })
    const both = await answers('service', ...flags.slice(0, 2), '--v2-command', `node ${PROGRAM} --port {port} two`)
    expect(both).toMatchObject([
      { args: ['--port', expect.anything(), 'one'] },
      { args: ['--port', expect.anything(), 'two'] },
    ])
  })
})

test('a program drops nothing under load, and its naive twin drops requests', async (context) => {
  const folder = temporaryFolder(context)
  const settings = readProveSettings([
    '--command',
    `node ${PROGRAM}`,
    '--twin-command',
    `node ${PROGRAM} naive`,
    '--port-env',
    'LISTEN_ON',
    '--readiness-path',
    '/ready',
    '--path',
    '/hello',
    '--propagation',
    '0-1',
    '--min-ready',
    '1',
    '--logs',
    join(folder, 'logs'),
  ])
  if (settings.target.kind !== 'local') throw new Error('not a command line')
  const { service, twin, rounds, untilBound, scenario, target } = settings
  const profile = anyService(target.path)
  const series = await runAll({
    ...shortProof(),
    service,
    twin,
    rounds,
    untilBound,
    profile,
    expects: scenario.scenario.expects,
    createTarget: localFactory(settings, target),
    clients: CLIENT_CLASSES.filter(({ name }) => name === 'new-connection' || name === 'keep-alive'),
    rate: 100,
  })
  const [round] = series.rounds
  expect([round?.outcome, series.twin?.outcome]).toEqual([{ status: 'finished' }, { status: 'finished' }])
  expect(round?.ledger.drops).toBe(0)
  expect(round?.ledger.exposure.attempts).toBeGreaterThan(100)
  expect(series.twin?.ledger.drops).toBeGreaterThan(10)
  expect(readdirSync(join(folder, 'logs', 'service')).length).toBe(6)
}, 120_000)

function usageError(args: readonly string[]): unknown {
  try {
    return readProveSettings(args)
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

describe('the flags of a program', () => {
  test('have defaults for everything but the command', () => {
    const { target, twin, whyNoTwin } = readProveSettings(['--command', 'node server.js'])
    expect(target).toMatchObject({
      manifests: undefined,
      portVariable: 'PORT',
      replicas: 3,
      gracePeriodSeconds: 30,
      readinessPath: undefined,
      path: '/',
      contains: undefined,
      propagation: 'kube-proxy',
    } satisfies Partial<LocalSettings>)
    expect([twin, whyNoTwin]).toEqual([false, expect.stringContaining('--twin-command') as string])
  })

  test.each([
    [['--command', ''], '--command needs a value: --command <COMMAND>'],
    [['--command', '  '], 'invalid --command "  ": give a program and its arguments'],
    [
      ['--command', 'cd x && node server.js'],
      `invalid --command "cd x && node server.js": no shell runs it, and only a shell understands "&&"; quote it, or give --command "sh -c '…; exec …'"`,
    ],
    [['--replicas', '2'], '--replicas has no effect without --command: give the program, or leave --replicas out'],
    [
      ['--twin-command', 'x'],
      '--twin-command has no effect without --command: give the program, or leave --twin-command out',
    ],
    [['--contains', 'hello'], '--contains has no effect without --command: give the program, or leave --contains out'],
    [
      ['--command', 'node x', '--workload', 'shop'],
      '--workload has no effect without manifests: name them with --manifests, or leave --workload out',
    ],
    [
      ['--manifests', 'k8s', '--workload', 'sts/shop'],
      'invalid --workload "sts/shop": zero-drop plays Deployments only on this machine: give the program alone, with --command and without --manifests, or use a cluster with --target kubernetes',
    ],
    [['--command', 'node x', '--port-env', '1X'], 'invalid --port-env "1X": give the name of a variable, as in PORT'],
    [['--command', 'node x', '--env', 'LEVEL'], 'invalid --env "LEVEL": give NAME=VALUE, as in LOG_LEVEL=debug'],
    [['--command', 'node x', '--env', '1X=y'], 'invalid --env "1X": give the name of a variable, as in PORT'],
    [
      ['--command', 'node x', '--readiness-path', 'ready'],
      'invalid --readiness-path "ready": give a path that begins with /, as in /ready',
    ],
    [
      ['--command', 'node x', '--contains', 'hello', '--profile', PROGRAM],
      `--contains has no effect with the profile ${PROGRAM}: write \`contains\` under paths.read of the profile, or leave --contains out`,
    ],
    [
      ['--command', 'node x', '--answer-timeout', '0'],
      'invalid --answer-timeout "0": give a number of seconds from 1 to 600',
    ],
    [
      ['--command', 'node x', '--cwd', '/no/such'],
      'invalid --cwd "/no/such": there is no folder /no/such; create it, or name another folder',
    ],
    [['--command', 'node x', '--replicas', '0'], 'invalid --replicas "0": give a whole number of pods from 1 to 100'],
    [
      ['--propagation', 'slow'],
      'invalid --propagation "slow": choose from kube-proxy, sync-1s, sync-10s, alb, or give a range of seconds up to 600, the smaller first, as in 0-30 (0.3-0.3 for 300 ms)',
    ],
    [['--propagation', '9-1'], expect.stringContaining('the smaller first') as string],
    [
      ['--command', 'node x', '--service', 'naive'],
      '--service naive has no twin to run: give one with --twin-command: the same program without its graceful shutdown',
    ],
    [
      ['--target', 'kubernetes', '--command', 'node x'],
      '--command has no effect with --target kubernetes: use --target local, or leave --command out',
    ],
  ])('%j', (args, expected) => {
    expect(usageError(args)).toEqual(expected)
  })

  test('accept a value after = or a space, dashes after =, and several --env', () => {
    const { target, rate } = readProveSettings([
      '--command=node x',
      '--rate=20',
      '--contains=--x',
      '--env=A=1',
      '--env',
      'B=2',
    ])
    expect(rate).toBe(20)
    expect(target).toMatchObject({ command: 'node x', contains: '--x', env: ['A=1', 'B=2'] })
  })

  test('split a command into words as a shell does, without its expansions', () => {
    expect(commandWords('--command', `python3 -c 'import sys; print(1)' --port={port} *.py "a b" $HOME`, '81')).toEqual(
      ['python3', '-c', 'import sys; print(1)', '--port=81', '*.py', 'a b', '${HOME}'],
    )
  })
})

test('on a cluster the twin command is split as a shell splits it, and {port} is an ordinary word', () => {
  const twin = `sh -c 'exec node naive.js' --port {port}`
  const { target } = readProveSettings(['--target', 'kubernetes', '--twin-command', twin])
  expect(target).toMatchObject({ twinCommand: ['sh', '-c', 'exec node naive.js', '--port', '{port}'] })
})
