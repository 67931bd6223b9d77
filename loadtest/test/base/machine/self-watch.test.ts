import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../../../src/base/attempt.ts'
import { CLIENT_CLASSES } from '../../../src/clients/index.ts'
import { pace } from '../../../src/clients/sending/pace.ts'
import { createDurations } from '../../../src/base/histogram.ts'
import type { Origin } from '../../../src/base/wire/http1/origin.ts'
import { createRandom } from '../../../src/base/random.ts'
import { bottleneck, watchSelf } from '../../../src/base/machine/self-watch.ts'
import type { SelfReport } from '../../../src/base/machine/self-watch.ts'
import { load } from '../../fixtures/load.ts'
import { http2Profile } from '../../fixtures/http2-service.ts'
import { startService } from '../../fixtures/service.ts'
import type { Service } from '../../fixtures/service.ts'

const boundary = vi.hoisted(() => ({ localAddress: undefined as string | undefined }))
vi.mock('../../../src/base/wire/http1/origin.ts', async (original) => {
  const real = await original<typeof import('../../../src/base/wire/http1/origin.ts')>()
  const openSocket = (origin: Origin): Socket => {
    const { localAddress } = boundary
    if (localAddress === undefined) return real.openSocket(origin)
    return connect({ host: origin.hostname, port: origin.port, localAddress })
  }
  return { ...real, openSocket }
})

let service: Service | undefined
afterEach(async () => {
  boundary.localAddress = undefined
  await service?.close()
  service = undefined
})

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/few-files.js', import.meta.url))

interface Said {
  readonly attempts: number
  readonly outcomes: Record<Outcome, number>
  readonly problem?: string
}

/** Runs load in a process with this limit of open files. */
async function withFiles(most: number, ...names: readonly string[]): Promise<Said> {
  service = await startService({ fault: (_, response) => void setTimeout(() => response.end('{}'), 500), every: 1 })
  const command = `ulimit -n ${most}; exec "$0" "$@"`
  const args = ['-c', command, process.execPath, PROGRAM, service.url, '200', ...names]
  const { stdout } = await promisify(execFile)('sh', args)
  return JSON.parse(stdout) as Said
}

describe('a harness that runs out of', () => {
  it('files blames itself, not the service', async () => {
    const { outcomes, attempts, problem } = await withFiles(60, 'new-connection')
    expect(outcomes['harness-fault']).toBeGreaterThan(10)
    expect(outcomes.answered + outcomes['harness-fault']).toBe(attempts)
    expect(problem).toBe(
      `this machine ran out of open files: ${outcomes['harness-fault']} requests ended with EMFILE; ` +
        'raise the limit with ulimit -n, or lower --rate',
    )
  })

  it('nothing blames nothing', async () => {
    const { outcomes, attempts, problem } = await withFiles(1_000, 'new-connection')
    expect(outcomes.answered).toBe(attempts)
    expect(problem).toBeUndefined()
  })

  // The kernel returns this error for an address that is not of this machine.
  it.each(CLIENT_CLASSES)('ports blames itself, not the service: $name', async (client) => {
    service = await startService()
    boundary.localAddress = '192.0.2.1'
    const { summary, shortages } = await load({ url: service.url, clients: [client], rate: 60, profile: http2Profile })
    expect(summary.attempts).toBeGreaterThan(5)
    expect(summary.outcomes['harness-fault']).toBe(summary.attempts)
    expect(bottleneck({ ...HEALTHY, shortages })).toMatch(
      /^this machine ran out of local ports: \d+ requests ended with EADDRNOTAVAIL; lower --rate, /,
    )
  })
})

const QUIET = { count: 100, p50: 0, p99: 1, max: 5 }
const HEALTHY: SelfReport = {
  eventLoopDelayMs: QUIET,
  latenessMs: QUIET,
  cpu: 0.1,
  peakMemoryMiB: 80,
  withheld: { own: 0, any: null },
  shortages: {},
}

const block = (ms: number): void => {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('a harness that falls behind', () => {
  it('once, for long, reports the stall', async () => {
    const self = watchSelf()
    await sleep(50)
    block(2_300)
    await sleep(50)
    expect(bottleneck(self.stop(QUIET))).toMatch(/^this machine stalled for \d{4} ms during the run; run again/)
  })

  it('again and again reports that it missed its schedule', async () => {
    const self = watchSelf()
    const lateness = createDurations()
    const stop = pace(500, createRandom(1), (due) => lateness.record(performance.now() - due))
    for (let turn = 0; turn < 4; turn += 1) {
      block(900)
      // oxlint-disable-next-line no-await-in-loop -- a turn of the event loop is what is wanted
      await sleep(1)
    }
    stop()
    expect(bottleneck(self.stop(lateness.summary()))).toMatch(
      /^this machine was too busy for the load: 1 request in 100 started \d+(\.\d+)? ms late or more; lower --rate/,
    )
  })

  it.each([
    ['ENETDOWN', /^this machine had no network: 3 requests ended with ENETDOWN; /],
    ['EAI_AGAIN', /^this machine had no response from its DNS server: 3 requests ended with EAI_AGAIN; /],
  ])('by %s names the cause', (code, sentence) => {
    expect(bottleneck({ ...HEALTHY, shortages: { [code]: 3 } })).toMatch(sentence)
  })

  it('is distinguished from an idle one', () => {
    expect(bottleneck(HEALTHY)).toBeUndefined()
  })
})
