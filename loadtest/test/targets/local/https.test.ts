import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { localFactory } from '../../../src/cli/execution/targets/local-factory.ts'
import { readProveSettings } from '../../../src/cli/settings/prove-settings.ts'
import { whyNoAnswer } from '../../../src/targets/reachable.ts'
import { createAuthority, createCertificate } from '../../fixtures/certificates.ts'
import { temporaryFolder } from '../../fixtures/local-target.ts'

/** A program that speaks HTTPS on the port in PORT. */
const PROGRAM = `
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
const [, , cert, key] = process.argv
createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => response.end('here'))
  .listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`

test('pods that speak HTTPS: their probes, their load balancers, and a certificate that is not trusted', async (context) => {
  const folder = temporaryFolder(context)
  const authority = createAuthority(folder)
  const { files } = createCertificate(folder, authority, { name: 'pod', names: 'DNS:shop.example.com' })
  writeFileSync(join(folder, 'server.mjs'), PROGRAM)
  const create = async (...flags: readonly string[]): Promise<readonly string[]> => {
    const command = `node ${join(folder, 'server.mjs')} ${files.cert} ${files.key}`
    const own = ['--command', command, '--https', '--readiness-path', '/ready', '--replicas', '1', '--min-ready', '0']
    const settings = readProveSettings([...own, ...flags])
    if (settings.target.kind !== 'local') throw new Error('not a command line')
    const target = localFactory(settings, settings.target)(
      'service',
      { podOutput: () => {}, refused: () => {}, routed: () => {} },
      { number: 1, seed: 1 },
    )
    try {
      await target.start(() => {})
      const [url = ''] = target.urls
      expect(await whyNoAnswer(url, 10_000, settings.reach.access)).toBeUndefined()
      return target.urls
    } finally {
      await target.restore({ kept: false })
    }
  }
  const urls = await create('--ca', authority.files.cert, '--tls-server-name', 'shop.example.com')
  expect(urls).toHaveLength(3)
  for (const url of urls) expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/u)
  await expect(create()).rejects.toThrow(
    /every pod is ready, but none answers HTTPS: its certificate is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\): name its certificate authority with --ca FILE/u,
  )
})
