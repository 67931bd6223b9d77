import { describe, expect, it } from 'vitest'
import { findingsOf, idsOf, placesOf, RIGHT } from './fixtures/manifest.ts'

const lineWith = (text: string, part: string, from = 0): number =>
  text.split('\n').findIndex((line, index) => index >= from && line.includes(part)) + 1

/** The right service, whose liveness probe is taken from an anchor in an annotation. */
const shared = (probe: string, given: string): string =>
  RIGHT.replace('metadata:\n  name: shop\n', `metadata:\n  name: shop\n  x-probe: &probe\n${probe}\n`).replace(
    /livenessProbe:\n(?: {12,}.*\n)+/u,
    `livenessProbe: ${given}\n`,
  )
const EAGER = '    httpGet: { path: /live, port: http }\n    failureThreshold: 1'

describe('the doctor reads YAML as kubectl does', () => {
  it.each(['yes', 'on', 'y', 'True'])('takes %s for true', (value) => {
    expect(
      idsOf(RIGHT.replace('  selector:\n    app', `  publishNotReadyAddresses: ${value}\n  selector:\n    app`)),
    ).toEqual(['publish-not-ready'])
  })

  it('reads octal numbers, and keeps what only looks like a time or a date', () => {
    expect(
      findingsOf(RIGHT.replace('terminationGracePeriodSeconds: 60', 'terminationGracePeriodSeconds: 074')),
    ).toEqual([])
    const [finding] = findingsOf(RIGHT.replace('targetPort: http', 'targetPort: 1:20'))
    expect(finding?.message).toContain('"1:20"')
    expect(idsOf(RIGHT.replaceAll('app: shop', 'app: 2026-01-01'))).toEqual([])
  })

  it('reads the fields that a merge key brings, on the line where they are', () => {
    const text = shared(EAGER, '{ <<: *probe }')
    expect(placesOf(text)).toEqual([`${lineWith(text, 'failureThreshold: 1')} warning eager-liveness`])
    expect(placesOf(shared(EAGER, '{ <<: *probe, failureThreshold: 3 }'))).toEqual([])
    const two = shared(EAGER, '{ <<: [{ periodSeconds: 10 }, *probe] }')
    expect(placesOf(two)).toEqual([`${lineWith(two, 'failureThreshold: 1')} warning eager-liveness`])
  })

  it('shows the line of the anchor for a field of an alias', () => {
    const text = shared(EAGER, '*probe')
    expect(placesOf(text)).toEqual([`${lineWith(text, 'failureThreshold: 1')} warning eager-liveness`])
  })

  it('shows the last of several equal keys, which is the one that counts', () => {
    const text = RIGHT.replace('      containers:\n', '      terminationGracePeriodSeconds: 0\n      containers:\n')
    expect(placesOf(text)).toEqual([`${lineWith(text, 'Seconds: 0')} error no-grace-period`])
  })
})
