import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { FOLDERS, K8S } from './rendered.ts'
import { PRODUCTION_WITH, named } from './shipped.ts'

const readme = readFileSync(join(K8S, 'README.md'), 'utf8')

const sections = readme.split(/^#+ /mu)

/** Returns the cells of the table in a section, row by row. */
const table = (heading: string): string[][] => {
  const text = sections.find((section) => section.startsWith(`${heading}\n`)) ?? ''
  const rows = text.split('\n').filter((line) => line.startsWith('|'))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
}

const seconds = (cell: string | undefined): number => Number.parseInt(cell ?? '', 10)

/** Returns the last number of a delay such as 2-15-40 s. */
const longest = (cell: string | undefined): number => seconds(/\d+(?= s$)/u.exec(cell ?? '')?.[0])

describe('k8s/README.md', () => {
  const [head = [], , ...rows] = table('Overlays, number by number')
  const [, ...folders] = head

  it.each(folders.map((folder, column) => ({ folder, column: column + 1 })))(
    'has the numbers of $folder',
    ({ folder, column }) => {
      const { deployment, pod, container, env, find } = named(folder)
      const { replicas, minReadySeconds, progressDeadlineSeconds, strategy } = deployment.spec
      const autoscaler = find('HorizontalPodAutoscaler')?.spec
      const rendered = {
        replicas: replicas ?? `${autoscaler?.minReplicas} to ${autoscaler?.maxReplicas}`,
        ...strategy.rollingUpdate,
        minReadySeconds,
        progressDeadlineSeconds,
        SHUTDOWN_DELAY_MS: env['SHUTDOWN_DELAY_MS'],
        SHUTDOWN_TIMEOUT_MS: env['SHUTDOWN_TIMEOUT_MS'],
        terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds,
        'PodDisruptionBudget maxUnavailable': find('PodDisruptionBudget')?.spec.maxUnavailable,
        imagePullPolicy: container.imagePullPolicy,
        'CPU request': container.resources.requests['cpu'],
      }
      const documented = Object.fromEntries(rows.map((row) => [row[0], row[column]]))
      expect(documented).toEqual(
        Object.fromEntries(Object.entries(rendered).map(([name, value]) => [name, String(value)])),
      )
    },
  )

  it('has a column for each folder, except for those that change no number of production', () => {
    expect([...folders, ...PRODUCTION_WITH].toSorted()).toEqual(FOLDERS.toSorted())
  })

  it('has a source for each number in brackets, and uses each source', () => {
    const defined = [...readme.matchAll(/^\[(\d+)\]: https:/gmu)].map(([, number]) => Number(number))
    const used = [...readme.matchAll(/(?<=.)\[(\d+)\]/gu)].map(([, number]) => Number(number))
    expect(defined.length).toBeGreaterThan(20)
    expect(defined).toEqual(defined.map((_, index) => index + 1))
    expect([...new Set(used)].toSorted((one, other) => one - other)).toEqual(defined)
  })

  it('recommends only shutdown budgets that fit behind each load balancer', () => {
    const budgets = table('Behind other load balancers')
      .map(([, delay, timeout, grace, keepAlive]) => ({
        delay: longest(delay),
        timeout: seconds(timeout),
        grace: seconds(grace),
        drain: Math.max(12, Number.isNaN(seconds(keepAlive)) ? 0 : seconds(keepAlive) + 1),
      }))
      .filter(({ delay }) => !Number.isNaN(delay))
    expect(budgets.length).toBeGreaterThanOrEqual(6)
    expect(Math.max(...budgets.map(({ delay }) => delay))).toBe(150)
    expect(budgets[0]).toMatchObject({ delay: 40, timeout: 60, grace: 70 })
    expect(budgets.filter(({ delay, drain, timeout }) => delay + drain + 5 >= timeout)).toEqual([])
    expect(budgets.filter(({ timeout, grace }) => timeout + 5 >= grace)).toEqual([])
  })

  it('explains only words that the scripts and zero-drop print', () => {
    const zeroDrop = readdirSync(join(K8S, '../loadtest/src'), { recursive: true, encoding: 'utf8' })
    const files = ['tutorial.sh', 'client.mjs', ...zeroDrop.map((file) => `../loadtest/src/${file}`)]
    const sources = files.filter((file) => /\.\w+$/u.test(file)).map((file) => readFileSync(join(K8S, file), 'utf8'))
    const words = table('Words of the output')
      .slice(2)
      .flatMap(([cell = '']) => cell.split(', '))
    expect(words.length).toBeGreaterThan(30)
    expect(words.filter((word) => !sources.some((source) => source.includes(word)))).toEqual([])
  })

  it('has a command that says whether the plugin enforces policies, also for a plugin that refuses connections', async () => {
    const [, program = ''] = /^ +kubectl exec .* -- node -e "(.*)"$/mu.exec(readme) ?? []
    expect(program).toContain('connect(443, process.env.KUBERNETES_SERVICE_HOST)')
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const run = async (): Promise<string> => {
      const args = ['-e', program.replace('443', String(port))]
      const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1' }
      return (await promisify(execFile)(process.execPath, args, { env })).stdout
    }
    expect(await run()).toBe('not enforced\n')
    server.close()
    await once(server, 'close')
    expect(await run()).toBe('enforced\n')
  })
})
