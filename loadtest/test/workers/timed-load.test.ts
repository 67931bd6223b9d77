import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { startService } from '../fixtures/service.ts'
import type { Fault, Service } from '../fixtures/service.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const EXAMPLES = new URL('../../examples/analysis/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, EXAMPLES), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'timed-load-'))
const PROFILE = join(folder, 'zero-drop.yaml')
writeFileSync(PROFILE, 'name: fixture\npaths:\n  read: { path: /, status: 200, json: true }\n')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const services: Service[] = []
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()))
})

async function serve(fault?: Fault): Promise<Service> {
  const service = await startService(fault ? { fault, every: 7 } : {})
  services.push(service)
  return service
}

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `zero-drop load` as pod `index` of a Job. It gets SIGTERM when `stop` resolves. */
async function run(args: readonly string[], index?: string, stop?: Promise<unknown>): Promise<Ended> {
  const env = { ...process.env, ...(index === undefined ? {} : { JOB_COMPLETION_INDEX: index }) }
  const child = spawn(process.execPath, [CLI, 'load', '--profile', PROFILE, ...args], { cwd: folder, env })
  void stop?.then(() => child.kill('SIGTERM'))
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { status: status as number | null, stdout, stderr }
}

describe('zero-drop load', () => {
  it('exits with 0 if no request was dropped, and says what it does not show', async () => {
    const { url } = await serve()
    const { status, stdout } = await run(['--url', url, '--for', '2', '--rate', '50'])
    expect(stdout).toMatch(/No drops: 0 of \d+ requests dropped in \d+\.\d s, at 95 % confidence fewer than /u)
    expect(stdout).toContain('no rollout was followed, and no naive twin shows that this load sees drops')
    expect(status).toBe(0)
  })

  it('exits with 1 if one was, and lists it', async () => {
    const { url } = await serve((request) => request.socket.resetAndDestroy())
    const { status, stdout } = await run(['--url', url, '--for', '2', '--rate', '50'])
    expect(status).toBe(1)
    expect(stdout).toMatch(/reset: \S/u)
    expect(stdout).toMatch(/\nDrops: \d+ of \d+ requests dropped/u)
  })

  it('sends its share as a pod of an Indexed Job, under ids of its own', async () => {
    const { url, seen } = await serve()
    const flags = ['--url', url, '--for', '2', '--rate', '80', '--workers', '2', '--json']
    const pods = await Promise.all([run(flags, '0'), run(flags, '1')])
    expect(pods.map(({ status }) => status)).toEqual([0, 0])
    const counts = pods.map(({ stdout }) => (JSON.parse(stdout) as { ledger: { attempts: number } }).ledger.attempts)
    expect(new Set(seen.filter((id) => id.startsWith('zd-load-'))).size).toBe((counts[0] ?? 0) + (counts[1] ?? 0))
  })

  it('is inconclusive if it was interrupted, and says how to use it', async () => {
    const { url, seen } = await serve()
    const underway = vi.waitUntil(() => seen.some((id) => id.startsWith('zd-load-')), { timeout: 60_000 })
    const stopped = await run(['--url', url, '--for', '300', '--rate', '50'], undefined, underway)
    expect(stopped).toMatchObject({ status: 3 })
    expect(await run(['--for', '1'])).toMatchObject({
      status: 2,
      stderr:
        'zero-drop: there is no URL to send the load to: give one with --url, as in --url http://shop.store.svc\n',
    })
    expect(await run(['--url', url, '--workers', '2'], '2')).toMatchObject({
      status: 2,
      stderr:
        'zero-drop: JOB_COMPLETION_INDEX=2 is not the number of one of 2 workers: --workers must be the completions of the Job\n',
    })
  })

  it('runs in the example for Argo Rollouts as in the example of a Job', () => {
    const { spec: job } = parse(read('job.yaml')) as { spec: object }
    const template = parse(read('analysis-template.yaml')) as {
      spec: { metrics: [{ provider: { job: { spec: object } } }] }
    }
    const filled = JSON.stringify(template.spec.metrics[0].provider.job.spec)
      .replace('{{args.url}}', 'http://cloud-communal-service.cloud.svc:18080')
      .replace('{{args.seconds}}', '120')
    expect({ ...(JSON.parse(filled) as object), ttlSecondsAfterFinished: 86_400 }).toEqual(job)
    expect(job).toMatchObject({ backoffLimit: 0, completions: 4, parallelism: 4 })
  })
})
