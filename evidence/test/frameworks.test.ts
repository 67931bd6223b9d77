import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, it } from 'vitest'
import { ROOT } from '../base/zero-drop.ts'
import { summary } from '../frameworks/document.ts'
import { examples, manifestOf, sourceOf, titleOf, type Example } from '../frameworks/examples.ts'
import { http } from '../frameworks/loads/http.ts'
import { steadyTrial } from '../frameworks/steady.ts'
import { Tally } from '../frameworks/tally.ts'
import { shortfalls, trial, type Outcome } from '../frameworks/trial.ts'

const planted: Example = {
  name: 'planted',
  title: 'Planted',
  package: 'none',
  load: http(),
  cleanedUp: (output) => output.includes('clean-up finished'),
}

/** A service without a framework. `body` answers a request; `shutdown` is added at the end. */
const serviceWith = (shutdown: string, body = '`work ${id} done`'): string => `
  import { createServer } from 'node:http'
  const server = createServer((request, response) => {
    const { id, ms } = Object.fromEntries(new URL(request.url, 'http://example').searchParams)
    setTimeout(() => {
      // Node leaves it to the service to close a connection that is in use when the server closes.
      if (!server.listening) response.setHeader('Connection', 'close')
      response.end(${body})
    }, Number(ms))
  })
  server.listen(process.env.PORT)
  ${shutdown}
`

const created: string[] = []
afterAll(() => {
  for (const folder of created) rmSync(folder, { recursive: true, force: true })
})

/** Runs a service, without the preload unless said otherwise. */
async function run(source: string, preload = false, example = planted): Promise<Outcome> {
  const folder = `${mkdtempSync(`${tmpdir()}/example-`)}/`
  created.push(folder)
  writeFileSync(`${folder}server.mjs`, source)
  writeFileSync(`${folder}package.json`, JSON.stringify({ scripts: { start: 'node server.mjs' } }))
  mkdirSync(`${folder}node_modules/@cloud-communal`, { recursive: true })
  symlinkSync(`${ROOT}packages/graceful`, `${folder}node_modules/@cloud-communal/graceful`)
  return preload ? steadyTrial(example, { folder }) : trial(example, { folder, preload: false })
}

const CLOSES = `process.on('SIGTERM', () => server.close(() => console.log('clean-up finished')))`

describe.concurrent('the load of `pnpm evidence frameworks`', () => {
  it('loses requests of a service that exits at SIGTERM, and sees that its clean-up was cut', async () => {
    const outcome = await run(serviceWith(`process.on('SIGTERM', () => process.exit(0))`))
    expect(outcome).toMatchObject({ cleanUp: 'cut', exit: { code: 0 }, wrong: 0 })
    // The ten requests in flight, and new connections afterwards.
    expect(outcome.lost).toBeGreaterThan(10)
    expect(outcome.failures.join()).toContain('lost: ECONNREFUSED')
    expect(shortfalls(outcome)).toContain('its own clean-up did not finish')
  })

  it('loses new connections of a service that closes its server at SIGTERM', async () => {
    const outcome = await run(serviceWith(CLOSES))
    expect(outcome).toMatchObject({ cleanUp: 'finished', exit: { code: 0 } })
    expect(outcome.failures.join()).toContain('lost: ECONNREFUSED')
  })

  it('counts wrong answers', async () => {
    const outcome = await run(serviceWith(CLOSES, `server.listening ? 'something else' : \`work \${id} done\``))
    expect(outcome.wrong).toBeGreaterThan(0)
    expect(outcome.failures.join()).toContain('wrong: body something else')
  })

  it('kills a service that ignores SIGTERM', async () => {
    const outcome = await run(serviceWith(`process.on('SIGTERM', () => {})`))
    expect(outcome.exit).toEqual({ code: null, signal: 'SIGKILL' })
    expect(shortfalls(outcome)).toContain('SIGKILL')
  })

  it('loses nothing with the preload, and the clean-up of the same service finishes', async () => {
    const outcome = await run(serviceWith(CLOSES), true)
    expect(shortfalls(outcome)).toEqual([])
    expect(outcome.requests).toBeGreaterThan(0)
  })

  it('says when a client waits for something that cannot come', async () => {
    const never: Example = {
      ...planted,
      load: { ...planted.load, run: async ({ signal }) => (signal(), new Promise(() => {})) },
    }
    await expect(run(serviceWith(CLOSES), false, never)).rejects.toThrow(
      'the clients of planted did not finish within 10000 ms after its exit',
    )
  })

  it('says why a service does not start', async () => {
    await expect(run('throw new Error("no database")')).rejects.toThrow('no database')
  })
})

describe('the list of examples', () => {
  it('names every folder in examples/', () => {
    const folders = readdirSync(`${ROOT}examples`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(examples.map(({ name }) => name).toSorted()).toEqual(folders.map(({ name }) => name).toSorted())
  })

  it.each(examples)('$name has exact versions and is started by Node alone', (example) => {
    const { dependencies, scripts } = manifestOf(sourceOf(example))
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(scripts.start).toMatch(/^node /)
    expect(titleOf(example)).toContain(` ${dependencies[example.package]}`)
  })
})

describe('a row of the table', () => {
  it('shows what was lost or wrong, the clean-up and the exit', () => {
    const tally = new Tally()
    for (const id of ['a', 'b', 'c']) tally.answered(id)
    const good: Outcome = {
      ...tally.counts,
      cleanUp: 'finished',
      exit: { code: 0, signal: null },
      lasted: 3_000,
      failures: [],
      output: '',
    }
    tally.lost('ECONNRESET')
    tally.wrong('status 503')
    const bad: Outcome = {
      ...good,
      ...tally.counts,
      cleanUp: 'none',
      exit: { code: null, signal: 'SIGKILL' },
      failures: tally.failures,
    }
    const koa = examples.find(({ name }) => name === 'koa')!
    const [, , row] = summary([{ example: koa, without: bad, with: good }]).split('\n')
    expect(row).toBe(`| ${titleOf(koa)} | 2 of 5 | SIGKILL after 12 s | **0** of 3 | finished, exit 0 |`)
    expect(shortfalls(good)).toEqual([])
    expect(shortfalls(bad)).toEqual(['1 × lost: ECONNRESET', '1 × wrong: status 503', 'SIGKILL'])
  })
})
