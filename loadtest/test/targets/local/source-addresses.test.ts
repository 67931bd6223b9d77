import { afterEach, describe, expect, test, vi } from 'vitest'
import { targetFactory } from '../../../src/cli/execution/targets/create-target.js'
import { readProveSettings } from '../../../src/cli/settings/prove-settings.js'
import { sharedAddressWarning } from '../../../src/targets/local/controller/node-addresses.js'
import { get, make, start, type Run } from '../../fixtures/local-target.js'

const boundary = vi.hoisted(() => ({ onlyLoopback: false }))
vi.mock('node:dgram', async (original) => {
  const real = await original<typeof import('node:dgram')>()
  // As on macOS, where lo0 has only 127.0.0.1. The kernel returns the same error for an address of another machine.
  const createSocket = (type: 'udp4') => {
    const socket = real.createSocket(type)
    const bind = socket.bind.bind(socket)
    socket.bind = ((options: { address: string }, listening: () => void) => {
      const foreign = boundary.onlyLoopback && options.address !== '127.0.0.1'
      return bind(foreign ? { ...options, address: '192.0.2.1' } : options, listening)
    }) as typeof socket.bind
    return socket
  }
  return { ...real, createSocket }
})

afterEach(() => {
  boundary.onlyLoopback = false
})

/** Sends requests through every load balancer, until each pod has answered through each. */
async function answers({ target: { urls } }: Run, pods: number) {
  const all: { url: string; pod: string; source: string; probedFrom: string }[] = []
  const routes = (): number => new Set(all.map(({ url, pod }) => `${url} ${pod}`)).size
  while (routes() < urls.length * pods) {
    // oxlint-disable-next-line no-await-in-loop -- until the random choice of the balancers has reached every pod
    for (const url of urls) all.push({ url, ...(await get(url)) })
  }
  return all
}

/** Linux accepts every address of 127.0.0.0/8; on macOS they must be added to lo0. */
const accepted = (await sharedAddressWarning(3)) === undefined

describe('the source addresses of the local target', () => {
  test.runIf(accepted)(
    'every pod sees one address for each load balancer, as with kube-proxy on several nodes',
    async (context) => {
      const run = make(context, { balancers: 3 })
      await start(run)
      const [first, second, third] = run.target.urls
      const seen = await answers(run, 3)
      for (const pod of new Set(seen.map((answer) => answer.pod))) {
        const byUrl = new Map(seen.filter((answer) => answer.pod === pod).map(({ url, source }) => [url, source]))
        expect(byUrl).toEqual(
          new Map([
            [first, '127.0.0.2'],
            [second, '127.0.0.3'],
            [third, '127.0.0.4'],
          ]),
        )
      }
    },
  )

  test.runIf(accepted)('probes come from the address of the node of their pod', async (context) => {
    const run = make(context, { balancers: 3 })
    await start(run)
    const seen = await answers(run, 3)
    const probes = new Map(seen.map(({ pod, probedFrom }) => [pod, probedFrom]))
    expect([...probes.values()].toSorted()).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.4'])
  })

  test('where this machine accepts only 127.0.0.1, all connections come from it', async (context) => {
    boundary.onlyLoopback = true
    const run = make(context, { balancers: 3 })
    await start(run)
    const seen = await answers(run, 3)
    expect(new Set(seen.flatMap(({ source, probedFrom }) => [source, probedFrom]))).toEqual(new Set(['127.0.0.1']))
  })

  test('the warning names the missing addresses and the command that adds them', async () => {
    boundary.onlyLoopback = true
    expect(await sharedAddressWarning(3)).toBe(
      'this machine does not accept 127.0.0.2 to 127.0.0.4 as source addresses, so all load balancers share 127.0.0.1 and an adaptive shutdown delay sees one source instead of one per node; on macOS run: for i in $(seq 2 4); do sudo ifconfig lo0 alias 127.0.0.$i up; done',
    )
  })

  test('the command line prints the warning once, also for a suite', async () => {
    boundary.onlyLoopback = true
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const settings = readProveSettings(['--nodes', '2', '--command', 'node'])
    await targetFactory(settings)
    await targetFactory(settings)
    const lines = write.mock.calls.map(([text]) => text)
    write.mockRestore()
    expect(lines).toEqual([`zero-drop: ${await sharedAddressWarning(2)}\n`])
  })
})
