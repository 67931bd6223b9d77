import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, type TestContext } from 'vitest'
import { sharedAddressWarning } from '../../../src/targets/local/controller/node-addresses.js'
import { chooseScenario } from '../../../src/scenarios/index.js'
import { get, make, names, ofType, roll, start } from '../../fixtures/local-target.js'

const REPOSITORY = join(import.meta.dirname, '../../../..')
const MANIFEST = join(REPOSITORY, 'k8s/k8s-cloud-communal.yaml')
const SERVICE = join(REPOSITORY, 'packages/cloud-communal-service/dist/main.js')

/** New connections per second through a busy load balancer, and through one that hardly opens any. */
const BUSY = 40
const QUIET = 0.5
/** A source that has been known for less than 3 s has no rate yet. */
const WARM_UP = 5_000

/** Linux accepts every address of 127.0.0.0/8; on macOS they must be added to lo0. */
const accepted = (await sharedAddressWarning(3)) === undefined

/** Deletes a pod of `k8s/base` under this many new connections a second per load balancer, and returns why its delay ended. */
async function delayEndUnder(rates: readonly number[], context: TestContext): Promise<string> {
  const lines: string[] = []
  const run = make(context, {
    manifests: MANIFEST,
    command: [process.execPath, SERVICE],
    scenario: chooseScenario('delete-pod'),
    propagation: { min: 0, max: 500 },
    balancers: rates.length,
    onPodOutput: (pod, line) => lines.push(`${pod} ${line}`),
  })
  await start(run)
  const { urls } = run.target
  const routes = new Set<string>()
  const ask = async (url: string): Promise<void> => {
    const answer = await get(url).catch(() => undefined)
    if (answer !== undefined) routes.add(`${url} ${answer.pod}`)
  }
  const timers = rates.map((rate, index) => setInterval(() => void ask(urls[index] ?? ''), 1_000 / rate))
  context.onTestFinished(() => {
    for (const timer of timers) clearInterval(timer)
  })
  // Each pod must know each load balancer.
  await expect.poll(() => routes.size, { timeout: 60_000 }).toBe(urls.length * names(run).length)
  await sleep(WARM_UP)
  expect(await roll(run)).toEqual({ status: 'finished' })
  const [deleted] = ofType(run.events, 'pod-terminating')
  const line = lines.find((each) => each.startsWith(deleted?.pod ?? '?') && each.includes('"delayEnd"'))
  return /"delayEnd":"(?<end>\w+)"/u.exec(line ?? '')?.groups?.['end'] ?? `no line: ${lines.join('\n')}`
}

describe.runIf(accepted)('the delay of k8s/base on this machine', { concurrent: true }, () => {
  test('ends on evidence if every load balancer opens connections', async (context) => {
    expect(await delayEndUnder([BUSY, BUSY, BUSY], context)).toBe('evidence')
  })

  test('does not end on evidence if one load balancer hardly opens any, as with kube-proxy on a quiet node', async (context) => {
    expect(await delayEndUnder([BUSY, BUSY, QUIET], context)).toBe('expected')
  })
})
