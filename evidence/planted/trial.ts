import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { isDrop } from '../../loadtest/dist/base/attempt.js'
import { CLIENT_CLASSES } from '../../loadtest/dist/clients/index.js'
import { manifestsOf } from '../../loadtest/dist/inputs/manifests/of-command.js'
import type { Profile } from '../../loadtest/dist/inputs/profile/profile.js'
import { run } from '../../loadtest/dist/proof/run.js'
import { unansweredRequests } from '../../loadtest/dist/reports/data/unanswered.js'
import type { UnansweredRequest } from '../../loadtest/dist/reports/data/unanswered.js'
import { localActionOf } from '../../loadtest/dist/scenarios/choose.js'
import { chooseScenario } from '../../loadtest/dist/scenarios/index.js'
import { createLocalTarget } from '../../loadtest/dist/targets/local/local.js'
import { podStories } from '../../loadtest/dist/verdict/story/pod-story.js'
import type { PodStory } from '../../loadtest/dist/verdict/story/pod-story.js'
import { doubtsAboutHarness } from '../../loadtest/dist/verdict/doubts.js'
import { judge } from '../../loadtest/dist/verdict/verdict.js'
import type { Fault } from './faults.ts'

/** The result of one rollout of a service with a planted fault. */
export interface Trial {
  readonly attempts: number
  readonly notProcessed: number
  readonly drops: readonly UnansweredRequest[]
  /** Whether the measuring machine had CPU time to spare. */
  readonly isQuiet: boolean
  /** The ids of requests that say nothing about the service, because this machine had no CPU time for them. */
  readonly starved: ReadonlySet<string>
  /** The ids of the requests that the service says it spoiled. */
  readonly planted: ReadonlySet<string>
  readonly sentence: string
  readonly pods: readonly PodStory[]
}

const PROFILE: Profile = {
  name: 'planted',
  requestId: { header: 'X-Request-Id', echoed: false },
  unpromisedIdleMs: 1_000,
  paths: {
    read: { path: '/', status: 200, json: false, contains: 'hello {id}' },
    slow: { path: '/work?ms={ms}', status: 200, json: false, contains: 'hello {id}', ms: { min: 100, max: 3_000 } },
  },
}

const LOG = { started: { pattern: /^started /u }, ended: { pattern: /^finished /u } }
const RATE = 150
/** A longer stall of this process, in ms, makes its load balancers late, too. */
const LATE = 400

/** Rolls out two processes of a service with one fault, under load. */
export async function tryFault(fault: Fault, service: readonly string[], folder: string, seed: number): Promise<Trial> {
  const planted = new Set<string>()
  const pods = mkdtempSync(join(folder, 'pods-'))
  mkdirSync(pods, { recursive: true })
  const record = await run({
    role: 'service',
    round: '',
    createTarget: (_role, hooks) =>
      createLocalTarget({
        manifests: manifestsOf({
          name: 'planted',
          replicas: 2,
          portVariable: 'PORT',
          readinessPath: '/ready',
          readinessPeriodSeconds: 1,
          minReadySeconds: 0,
          terminationGracePeriodSeconds: fault.graceSeconds ?? 8,
        }),
        command: fault.start?.(service, folder) ?? service,
        cwd: folder,
        env: { FAULT: fault.name, PODS: pods, SERVICE: service.join(' ') },
        fromVersion: 'v1',
        toVersion: 'v2',
        action: localActionOf(chooseScenario('set-image')),
        seed,
        balancers: 2,
        propagation: { min: 200, max: 1_200 },
        onPodOutput: (pod, line) => {
          hooks.podOutput(pod, line)
          const id = /^planted (\S+)$/u.exec(line)?.[1]
          if (id !== undefined) planted.add(id)
        },
        onRefused: (connection) => hooks.refused(connection),
        onRouted: (connection) => hooks.routed(connection),
      }),
    profile: fault.logged === true ? { ...PROFILE, serverLog: LOG } : PROFILE,
    // Pipelined requests share the fate of the requests beside them.
    clients: fault.outcomes.length === 0 ? CLIENT_CLASSES : CLIENT_CLASSES.filter(({ name }) => name !== 'pipelined'),
    rate: RATE,
    backgroundRate: 0,
    seed,
    limits: { connectMs: 3_000, answerMs: 4_000 },
    warmUpMs: (fault.warmUpSeconds ?? 2) * 1_000,
    coolDownMs: 500,
    timeoutMs: 60_000,
    restoreAfterwards: false,
    signal: new AbortController().signal,
    watcher: {},
  })
  const verdict = judge({
    rounds: [record],
    twin: undefined,
    twinSkipped: 'planted',
    selfTest: { passed: true, requests: 0, busyMs: 0, faults: [] },
  })
  const all = unansweredRequests(record)
  return {
    attempts: record.ledger.attempts,
    notProcessed: record.ledger.outcomes['not-processed'],
    drops: all.filter(({ outcome }) => isDrop(outcome)),
    planted,
    isQuiet: doubtsAboutHarness(record).length === 0 && (record.self.eventLoopDelayMs.max ?? 0) < LATE,
    starved: new Set(all.filter(({ outcome }) => !isDrop(outcome)).map(({ id }) => id)),
    sentence: verdict.sentence,
    pods: podStories(record),
  }
}
