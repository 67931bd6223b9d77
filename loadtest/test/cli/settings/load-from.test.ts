import { describe, expect, it } from 'vitest'
import { parseFlags } from '../../../src/cli/flags/parse.ts'
import { WATCH_FLAGS, type WatchValues } from '../../../src/cli/flags/watch-flags.ts'
import { readProveSettings } from '../../../src/cli/settings/prove-settings.ts'
import { watchSettings } from '../../../src/cli/settings/watch-settings.ts'

const CLUSTER = ['--target', 'kubernetes', '--load-from', 'cluster']
const IMAGE = ['--worker-image', 'registry.example.org/zero-drop:1']

describe('--load-from cluster', () => {
  it('has one worker, and leaves out the clients that only this machine runs', () => {
    const { loadFrom, workers, workerImage, backgroundRate, retryingRate } = readProveSettings([...CLUSTER, ...IMAGE])
    expect({ loadFrom, workers, workerImage, backgroundRate, retryingRate }).toEqual({
      loadFrom: 'cluster',
      workers: 1,
      workerImage: 'registry.example.org/zero-drop:1',
      backgroundRate: 0,
      retryingRate: 0,
    })
  })

  it('takes 5,000 requests per second for each worker', () => {
    expect(readProveSettings([...CLUSTER, ...IMAGE, '--workers', '20', '--rate', '100000']).rate).toBe(100_000)
    expect(() => readProveSettings([...CLUSTER, ...IMAGE, '--workers', '2', '--rate', '10001'])).toThrow(
      'give a number of requests per second from 1 to 10000, or raise --workers',
    )
    expect(() => readProveSettings(['--rate', '5001'])).toThrow(
      'give a number of requests per second from 1 to 5000, or send more with --load-from cluster',
    )
  })

  it.each([
    [[...CLUSTER], '--load-from cluster needs --worker-image: build loadtest/Dockerfile'],
    [[...CLUSTER, ...IMAGE, '--background', '5'], '--background has no effect with --load-from cluster'],
    [[...CLUSTER, ...IMAGE, '--retrying', '5'], '--retrying has no effect with --load-from cluster'],
    [['--target', 'kubernetes', '--workers', '4'], '--workers has no effect with --load-from here'],
    [['--target', 'kubernetes', ...IMAGE], '--worker-image has no effect with --load-from here'],
    [['--load-from', 'cluster'], '--load-from has no effect with --target local: use --target kubernetes'],
    [[...CLUSTER, ...IMAGE, '--workers', '0'], 'give a whole number of workers from 1 to 1000'],
    [['--target', 'kubernetes', '--load-from', 'pods'], 'choose from here, cluster'],
  ])('refuses %j', (args, message) => {
    expect(() => readProveSettings(args)).toThrow(message)
  })

  it('is a flag of watch, too', () => {
    const args = ['--workload', 'deployment/shop', '--load-from', 'cluster', '--workers', '3', ...IMAGE]
    const { loadFrom, workers, backgroundRate } = watchSettings(parseFlags<WatchValues>('watch', WATCH_FLAGS, args))
    expect([loadFrom, workers, backgroundRate]).toEqual(['cluster', 3, 0])
  })
})
