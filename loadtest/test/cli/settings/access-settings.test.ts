import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { provePlan } from '../../../src/cli/execution/proof/prove-plan.ts'
import { accessFor } from '../../../src/cli/settings/access-settings.ts'
import { readProveSettings } from '../../../src/cli/settings/prove-settings.ts'
import { keepSecret, withoutSecrets, withoutSecretsIn } from '../../../src/base/secrets.ts'
import type { Access } from '../../../src/base/wire/access.ts'
import { parseProfile } from '../../../src/inputs/profile/read-profile.ts'
import { openLogFiles } from '../../../src/targets/local/log-files.ts'
import { createAuthority, createCertificate } from '../../fixtures/certificates.ts'
import type { Certificate } from '../../fixtures/certificates.ts'

let folder: string
let client: Certificate
let other: Certificate
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zero-drop-access-'))
  const authority = createAuthority(folder)
  client = createCertificate(folder, authority, { name: 'client', names: 'DNS:client' })
  other = createCertificate(folder, authority, { name: 'other', names: 'DNS:other' })
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  vi.stubEnv('TOKEN', 'open-sesame\n')
  return () => vi.unstubAllEnvs()
})

const settings = (...flags: readonly string[]): ReturnType<typeof readProveSettings> =>
  readProveSettings(['--command', 'node server.js', ...flags])
const accessOf = (...flags: readonly string[]): Access => settings(...flags).reach.access

describe('--header', () => {
  it('takes values from the environment, from files, and the last of one name', () => {
    const lines = '# of the shop\nX-Tenant: blue\r\n\nX-Token: ${TOKEN}\n'
    const { headers } = accessOf(
      '--header',
      'Authorization: Bearer ${TOKEN}',
      '--header',
      'x-tenant: red',
      '--header',
      `@${file('headers', lines)}`,
      '--header',
      'Host: shop.example.com',
    )
    expect(headers).toEqual([
      ['Authorization', 'Bearer open-sesame'],
      ['X-Tenant', 'blue'],
      ['X-Token', 'open-sesame'],
      ['Host', 'shop.example.com'],
    ])
  })

  it.each([
    [
      'Authorization Bearer x',
      /^invalid --header "Authorization Bearer x": it is not NAME: VALUE, as in Authorization: Bearer \$\{TOKEN\}$/,
    ],
    ['A b: c', /^invalid --header "A b": "A b" is not a name of a header$/],
    [
      'Authorization: ${NOT_SET_HERE}',
      /^invalid --header "Authorization": the environment has no variable NOT_SET_HERE: set it, and export it$/,
    ],
    ['X-Text: one\ntwo', /^invalid --header "X-Text": the value of X-Text holds a line break or another character/],
    [
      'Content-Length: 5',
      /^invalid --header "Content-Length": Content-Length belongs to the connection, which each client class/,
    ],
    ['transfer-encoding: chunked', /transfer-encoding belongs to the connection/],
    ['Connection: close', /Connection belongs to the connection/],
    ['Sec-WebSocket-Key: x', /Sec-WebSocket-Key belongs to the connection/],
    ['@/nowhere', /^\/nowhere cannot be read: no such file or directory \(ENOENT\)$/],
  ])('refuses %j', (given, message) => {
    expect(() => accessOf('--header', given)).toThrow(message)
  })

  it('names the line of a file, and not its value', () => {
    const path = file('bad', 'X-Tenant: blue\nhunter2-is-the-password\n')
    expect(() => accessOf('--header', `@${path}`)).toThrow(`--header @${path}: line 2: it is not NAME: VALUE`)
  })

  it('replaces those of the profile, and cannot replace the id of a request', () => {
    const profile = parseProfile(
      "headers: { X-Tenant: blue, Authorization: 'Bearer ${TOKEN}' }\npaths: { read: { path: / } }",
      'zero-drop.yaml',
    )
    expect(accessFor(profile, accessOf('--header', 'x-tenant: red')).headers).toEqual([
      ['x-tenant', 'red'],
      ['Authorization', 'Bearer open-sesame'],
    ])
    expect(() => accessFor(profile, accessOf('--header', 'x-request-id: 1'))).toThrow(
      'invalid --header "X-Request-Id": it holds the id of each request: leave it out',
    )
    expect(() =>
      parseProfile('headers: { Connection: close }\npaths: { read: { path: / } }', 'zero-drop.yaml'),
    ).toThrow('zero-drop.yaml: headers: Connection belongs to the connection')
  })
})

describe('TLS files', () => {
  it('a certificate and its key, from two files or from one', () => {
    const { cert, key } = client.files
    const both = file('both.pem', client.key + client.cert)
    expect(accessOf('--cert', cert, '--key', key, '--ca', cert).tls).toEqual({
      ca: client.cert,
      cert: client.cert,
      key: client.key,
    })
    expect(accessOf('--cert', both).tls).toMatchObject({ cert: client.key + client.cert })
    expect(accessOf('--insecure', '--tls-server-name', 'shop').tls).toEqual({ insecure: true, serverName: 'shop' })
  })

  it('files that cannot be used are one sentence each', () => {
    const { cert, key } = client.files
    const empty = file('empty.pem', '')
    const broken = file('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    const locked = join(folder, 'locked.key')
    execFileSync('openssl', ['pkey', '-in', key, '-aes256', '-passout', 'pass:1234', '-out', locked])
    const refused: readonly [flags: readonly string[], message: string][] = [
      [['--ca', empty], `--ca ${empty} has no certificate in PEM form`],
      [['--ca', broken], `--ca ${broken}: certificate 1 of 1 cannot be read`],
      [['--ca', '/nowhere'], '/nowhere cannot be read: no such file or directory (ENOENT)'],
      [['--ca', cert, '--insecure'], '--ca cannot be used with --insecure: give one of them'],
      [['--key', key], '--key has no effect without --cert: give the certificate of the key'],
      [['--cert', cert], `--cert ${cert} holds no private key: name the file of the key with --key`],
      [['--cert', cert, '--key', empty], `--key ${empty} has no private key in PEM form`],
      [['--cert', cert, '--key', locked], `--key ${locked}: it has a passphrase; write it without one`],
      [['--cert', cert, '--key', other.files.key], `--key ${other.files.key} is not the key of --cert ${cert}`],
    ]
    for (const [flags, message] of refused) expect(() => accessOf(...flags)).toThrow(message)
  })
})

describe('secrets', () => {
  it('the report shows the names of headers and the paths of files', () => {
    const { cert, key } = client.files
    const flags = [
      '--header',
      'Authorization: Bearer ${TOKEN}',
      '--header',
      'X-Tenant: blue',
      '--cert',
      cert,
      '--key',
      key,
    ]
    const { shown } = provePlan(settings(...flags))
    expect(shown).toMatchObject({
      header: ['Authorization: ***', 'X-Tenant: ***'],
      cert,
      key,
      ca: null,
      insecure: false,
    })
    expect(JSON.stringify(shown)).not.toMatch(/sesame|blue|PRIVATE/)
  })

  it('are left out of every text: values of the environment, credentials, and the token in them', () => {
    accessOf(
      '--header',
      'X-Shop: ${TOKEN}',
      '--header',
      'Authorization: Basic dXNlcjpwYXNz',
      '--header',
      'X-Tenant: blue',
    )
    const echo = { detail: 'status 401: no access for Basic dXNlcjpwYXNz', list: ['dXNlcjpwYXNz', 'open-sesame'], n: 1 }
    expect(withoutSecretsIn(echo)).toEqual({ detail: 'status 401: no access for ***', list: ['***', '***'], n: 1 })
    expect(withoutSecrets('a blue shop')).toBe('a blue shop')
  })

  it('are left out of the log files of the pods', async () => {
    keepSecret('open-sesame')
    const logs = openLogFiles(join(folder, 'logs'))
    logs.write('pod-1', 'GET / authorization=open-sesame')
    await logs.close()
    expect(readFileSync(join(folder, 'logs', 'pod-1.log'), 'utf8')).toBe('GET / authorization=***\n')
  })
})
