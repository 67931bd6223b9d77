import type { Profile } from '../../../src/inputs/profile/profile.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { anyService } from '../../../src/inputs/profile/any-service.ts'
import { cloudCommunal } from '../../../src/inputs/profile/cloud-communal.ts'
import { parseProfile, readProfile } from '../../../src/inputs/profile/read-profile.ts'
import { byStatusAlone, unmatched } from '../../../src/inputs/profile/status-alone.ts'

const folder = mkdtempSync(join(tmpdir(), 'zero-drop-profile-'))
const file = join(folder, 'zero-drop.yaml')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (text: string): unknown => {
  writeFileSync(file, text)
  return readProfile(file)
}

const withPaths = (text: string): Profile => parseProfile(`paths:\n${text}`, 'zero-drop.yaml')

describe('a profile', () => {
  it('needs only a path to read', () => {
    expect(read('paths: { read: { path: /health } }')).toEqual({
      name: 'the service',
      requestId: { header: 'X-Request-Id', echoed: false },
      unpromisedIdleMs: 1_000,
      paths: { read: { path: '/health', status: 200, json: false } },
    })
  })

  it('can have every field of the built-in profile', () => {
    const text = `
name: shop
requestId: { header: X-Trace }
podHeader: X-Pod
versionHeader: X-Version
serverLog: { requestId: trace, ended: { field: msg, value: done }, finished: { field: ok, value: 'yes' } }
unpromisedIdleMs: 250
paths:
  read: { path: /, json: true }
  slow: { path: '/delay/{ms}', ms: [100, 900] }
  stream: { path: '/lines?n={chunks}', chunks: [3, 9], every: 50, lastLine: done }
  upload: { path: /put, bytes: [1, 10], sha256Field: digest }
  create: { path: /orders, body: '{"ref":"{id}"}', status: 200, idField: number }
`
    expect(read(text)).toMatchObject({
      requestId: { header: 'X-Trace', echoed: true },
      podHeader: 'x-pod',
      versionHeader: 'x-version',
      serverLog: { requestId: 'trace', ended: { field: 'msg', value: 'done' } },
      paths: {
        slow: { ms: { min: 100, max: 900 }, status: 200 },
        stream: { chunks: { min: 3, max: 9 }, every: 50, lastLine: 'done' },
        upload: { bytes: { min: 1, max: 10 }, slowMs: { min: 500, max: 3_000 }, sha256Field: 'digest' },
        create: { status: 200, idField: 'number' },
      },
    })
  })

  it('defines the body of responses, and which responses are judged by their status alone', () => {
    const known = parseProfile(
      `paths:
  read: { path: /, contains: hello }
  slow: { path: '/delay/{ms}', json: true }`,
      file,
    )
    expect(known.paths).toMatchObject({ read: { contains: 'hello', json: false }, slow: { json: true } })
    expect(byStatusAlone(known)).toEqual([])
    expect(byStatusAlone(cloudCommunal)).toEqual([])
    expect(byStatusAlone(anyService('/', 'hello'))).toEqual([])
    expect(byStatusAlone(anyService('/hello'))).toEqual(['/hello'])
    const slowToo = parseProfile("paths: { read: { path: / }, slow: { path: '/delay/{ms}' } }", file)
    expect(byStatusAlone(slowToo)).toEqual(['/', '/delay/{ms}'])
  })

  it('shows which responses cannot be matched to their requests', () => {
    expect(
      unmatched(withPaths("  read: { path: /, contains: hello }\n  slow: { path: '/delay/{ms}', json: true }")),
    ).toEqual(['/', '/delay/{ms}'])
    expect(
      unmatched(
        withPaths("  read: { path: /, contains: '{id}' }\n  slow: { path: '/delay/{ms}', json: { id: '{id}' } }"),
      ),
    ).toEqual([])
    // Their bodies are not checked at all, which is said elsewhere.
    expect(unmatched(anyService('/'))).toEqual([])
    expect(unmatched(cloudCommunal)).toEqual([])
  })

  it('can find log lines by patterns', () => {
    expect(
      read('paths: { read: { path: / } }\nserverLog: { started: { pattern: begin }, ended: { pattern: "done|gone" } }'),
    ).toMatchObject({ serverLog: { started: { pattern: /begin/u }, ended: { pattern: /done|gone/u } } })
  })

  it.each([
    ['', 'the file holds null'],
    ['- a', 'the file holds ["a"]'],
    ['paths: [', 'cannot be read as YAML'],
    ['name: x', 'paths is missing; it should hold fields'],
    ['paths: {}', 'paths.read is missing'],
    ['paths: { read: {} }', 'paths.read.path is missing; it should hold a path that begins with /'],
    ['paths: { read: { path: health } }', 'paths.read.path holds "health"'],
    ['paths: { read: { path: /, status: ok } }', 'paths.read.status holds "ok"'],
    ['paths: { read: { path: /, contains: 5 } }', 'paths.read.contains holds 5; it should hold text'],
    [
      'paths: { read: { path: / }, slow: { path: /delay } }',
      'paths.slow.path holds "/delay"; it should hold a path that begins with / and holds {ms}',
    ],
    ['paths: { read: { path: / }, slow: { path: "/{ms}", ms: [9, 1] } }', 'paths.slow.ms holds [9,1]'],
    ['paths: { read: { path: / }, straem: { path: / } }', 'unknown field paths.straem (did you mean stream?)'],
    [
      'paths: { read: { path: / } }\nserverLog: { ended: { pattern: "(" } }',
      'serverLog.ended.pattern holds "("; it should',
    ],
    ['paths: { read: { path: / } }\nserverLog: { requestId: id }', 'serverLog.ended is missing; it should hold fields'],
    ['paths: { read: { path: / } }\nserverLog: { ended: { field: msg } }', 'serverLog.ended.value is missing'],
    [
      'paths: { read: { path: / } }\nserverLog: { ended: { pattern: x }, beginning: { pattern: y } }',
      'unknown field serverLog.beginning: choose from ended, finished, listenerClosed, requestId, sourcesSilent, started, time',
    ],
    ['pathes: { read: { path: / } }', 'paths is missing'],
    ['paths: { read: { path: /, jsn: true } }', 'unknown field paths.read.jsn (did you mean json?)'],
  ])('with an error is refused: %s', (text, problem) => {
    expect(() => read(text)).toThrow(problem)
    expect(() => read(text)).toThrow(file)
  })

  it('that does not exist is refused', () => {
    expect(() => readProfile(join(folder, 'none.yaml'))).toThrow(/none\.yaml cannot be read/)
  })
})
