import { afterEach, expect, test } from 'vitest'
import { pathWithoutSecrets } from '../../../src/connections/requests/path.js'
import { RawClient } from '../../harness/raw-client.js'
import { killServices, Service } from '../../harness/service.js'

afterEach(killServices)

test.each([
  ['/', '/'],
  ['*', '*'],
  ['', ''],
  ['/notices?token=secret', '/notices'],
  ['/notices%3Ftoken=secret', '/notices'],
  ['/notices#token=secret', '/notices'],
  ['/board;jsessionid=secret/notices;v=secret?x', '/board/notices'],
  ['/board%3Bjsessionid=secret/notices', '/board/notices'],
  ['http://user:secret@host/board;jsessionid=secret?x', 'http://host/board'],
  ['http://user:secret?secret@host/board', 'http://host/board'],
  ['http://secret@host', 'http://host'],
  ['//user:secret@host/board', '//host/board'],
  ['/proxy/http://user:secret@host/board', '/proxy/http://host/board'],
  ['user:secret@host:443', 'host:443'],
  ['host:443', 'host:443'],
  ['/users/@me', '/users/@me'],
])('the path of %s is reported as %s', (target, path) => {
  expect(pathWithoutSecrets(target)).toBe(path)
})

test('the log and the report of a request that was cut have none of its secrets', async () => {
  const service = await Service.start({ options: { shutdownDelay: 0, timeout: 1_000 } })
  const client = new RawClient(service.port).get('http://user:secret@fixture/hang?token=secret')
  const known = await service.waitFor(({ handler }) => handler !== undefined)
  service.signal()
  await client.ended()
  await service.exited
  expect(service.report['forced']).toMatchObject([{ path: 'http://fixture/hang' }])
  const others = service.messages.filter((message) => message !== known)
  expect(JSON.stringify(others)).not.toContain('secret')
})
