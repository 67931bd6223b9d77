import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from '../expect.ts'
import type { Row } from '../row.ts'
import type { Trial } from '../trial.ts'

/** Returns the results of one probe after the signal, while a request is in flight. */
async function probes(trial: Trial, kind: 'readiness' | 'liveness'): Promise<string[]> {
  await trial.start({ delay: 500 })
  expect((await trial.probe(kind)) === 'ok', `${kind} did not pass before the signal`)
  const client = await trial.busy('/slow?ms=1500')
  await trial.signal()
  let over = false
  const done = client.responses(1).finally(() => (over = true))
  const seen: string[] = []
  for (;;) {
    const result = await trial.probe(kind)
    if (over) break
    seen.push(result)
    await sleep(20)
  }
  await done
  expect(seen.length > 0, 'the process exited before a probe')
  return seen
}

export const probeRows: readonly Row[] = [
  {
    id: 'readiness',
    title: 'Readiness fails as soon as the signal arrives',
    needs: 'probes',
    async run(trial) {
      const seen = await probes(trial, 'readiness')
      expect(!seen.includes('ok'), `readiness passed in ${count(seen, 'ok')} of ${seen.length} probes`)
      expect(seen[0] === 'failed', 'the readiness probe was refused')
    },
  },
  {
    id: 'liveness',
    title: 'Liveness passes while a request is in flight',
    needs: 'probes',
    async run(trial) {
      const seen = await probes(trial, 'liveness')
      const bad = seen.length - count(seen, 'ok')
      expect(bad === 0, `liveness failed (${count(seen, 'failed')}) or was refused (${count(seen, 'refused')})`)
    },
  },
]

const count = (seen: readonly string[], wanted: string): number => seen.filter((one) => one === wanted).length
