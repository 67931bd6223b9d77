import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { reasonOf, UsageError } from '../../base/errors.js'
import { MASK } from '../../base/secrets.js'
import { merged, valueOf } from '../../base/wire/access.js'
import type { Access, Header, TlsAccess } from '../../base/wire/access.js'
import { readHeader } from '../../inputs/headers.js'
import type { Profile } from '../../inputs/profile/profile.js'
import { readText } from '../../inputs/yaml/read-text.js'
import type { AccessValues } from '../flags/access-flags.js'
import { invalid } from '../flags/values.js'
import { fromHere } from './paths.js'

/** How the clients reach the service, read and checked. */
export interface AccessSettings {
  readonly access: Access
  /** The settings as the report shows them: the names of the headers without their values, and the paths of the files. */
  readonly shown: Readonly<Record<keyof AccessValues, string | boolean | readonly string[] | undefined>>
}

/**
 * Reads the headers and the PEM files of a command line.
 *
 * @throws {UsageError} names the flag, the file and what is wrong with it. It never contains the value of a header.
 */
export function readAccess(values: AccessValues): AccessSettings {
  const headers = merged(values.header.flatMap(headersOf))
  const files = {
    ca: values.ca === undefined ? undefined : fromHere(values.ca),
    cert: values.cert === undefined ? undefined : fromHere(values.cert),
    key: values.key === undefined ? undefined : fromHere(values.key),
  }
  const { insecure = false, tlsServerName } = values
  return {
    access: {
      headers,
      tls: {
        ...(files.ca === undefined ? {} : { ca: readCertificates('--ca', files.ca) }),
        ...readClientCertificate(files.cert, files.key),
        ...(insecure ? { insecure } : {}),
        ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
      },
    },
    shown: { header: headers.map(([name]) => `${name}: ${MASK}`), ...files, insecure, tlsServerName },
  }
}

/**
 * Returns how the clients reach the service of a profile: its headers, replaced by those of the command line.
 *
 * @throws {UsageError} a header would replace the id of each request
 */
export function accessFor(profile: Profile, { headers, tls }: Access): Access {
  const all = merged(profile.headers ?? [], headers)
  const { header } = profile.requestId
  if (valueOf(all, header.toLowerCase()) === undefined) return { headers: all, tls }
  throw invalid(
    '--header',
    header,
    'it holds the id of each request: leave it out, or name another one for the id with requestId in the profile',
  )
}

/** The headers of one flag: a header, or `@FILE`. */
function headersOf(given: string): readonly Header[] {
  if (!given.startsWith('@')) {
    const read = readHeader(given, process.env)
    if ('header' in read) return [read.header]
    // The value can be a secret, so only the name is repeated.
    throw invalid('--header', given.split(':')[0] ?? '', read.problem)
  }
  const file = fromHere(given.slice(1))
  return readText(file)
    .split(/\r?\n/u)
    .flatMap((line, index): Header[] => {
      if (line.trim() === '' || line.startsWith('#')) return []
      const read = readHeader(line, process.env)
      if ('header' in read) return [read.header]
      throw new UsageError(`--header @${file}: line ${index + 1}: ${read.problem}`)
    })
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu

function readCertificates(flag: string, file: string): string {
  const text = readText(file)
  const found = text.match(PEM) ?? []
  if (found.length === 0) {
    throw new UsageError(
      `${flag} ${file} has no certificate in PEM form, which begins with -----BEGIN CERTIFICATE-----: convert it with 'openssl x509 -inform der -in FILE'`,
    )
  }
  for (const [index, pem] of found.entries()) {
    try {
      parseCertificate(pem)
    } catch (error) {
      const problem = `certificate ${index + 1} of ${found.length} cannot be read (${reasonOf(error)})`
      throw new UsageError(`${flag} ${file}: ${problem}; export it again`, { cause: error })
    }
  }
  return text
}

function readClientCertificate(
  certFile: string | undefined,
  keyFile: string | undefined,
): Pick<TlsAccess, 'cert' | 'key'> {
  if (certFile === undefined && keyFile === undefined) return {}
  if (certFile === undefined)
    throw new UsageError('--key has no effect without --cert: give the certificate of the key')
  // One file often holds both.
  const keyPath = keyFile ?? certFile
  const cert = readCertificates('--cert', certFile)
  const key = readText(keyPath)
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/u.test(key)) {
    throw new UsageError(
      keyFile === undefined
        ? `--cert ${certFile} holds no private key: name the file of the key with --key`
        : `--key ${keyPath} has no private key in PEM form, which begins with -----BEGIN PRIVATE KEY-----: name another file`,
    )
  }
  assertBelongTogether(cert, certFile, key, keyPath)
  return { cert, key }
}

function assertBelongTogether(cert: string, certFile: string, key: string, keyFile: string): void {
  let own: string
  try {
    own = publicPart(createPublicKey(createPrivateKey(key)))
  } catch (error) {
    const problem = /ENCRYPTED|passphrase/iu.test(key + reasonOf(error))
      ? 'it has a passphrase'
      : `it cannot be read (${reasonOf(error)})`
    throw new UsageError(
      `--key ${keyFile}: ${problem}; write it without one, as with 'openssl pkey -in FILE -out NEW'`,
      {
        cause: error,
      },
    )
  }
  if (publicPart(parseCertificate(cert.match(PEM)?.[0] ?? cert).publicKey) === own) return
  throw new UsageError(
    `--key ${keyFile} is not the key of --cert ${certFile}: name the key that the certificate was made for`,
  )
}

const parseCertificate = (pem: string): X509Certificate => new X509Certificate(pem)

const publicPart = (key: ReturnType<typeof createPublicKey>): string =>
  key.export({ type: 'spki', format: 'pem' }).toString()
