import type { FlagGroup } from './flag.js'
import { several, text } from './values.js'

/** How the clients reach the service: the headers of every request, and TLS. */
export interface AccessValues {
  readonly header: readonly string[]
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly insecure?: boolean
  readonly tlsServerName?: string
}

export const ACCESS_FLAGS: FlagGroup<AccessValues> = {
  heading: 'Headers and TLS',
  flags: {
    header: {
      value: 'HEADER',
      help:
        "header of every request, as in 'Authorization: Bearer ${TOKEN}'; zero-drop replaces ${TOKEN} by that environment variable; " +
        '@FILE reads a file with one header per line; repeatable',
      defaultText: 'the headers of the profile',
      byDefault: [],
      repeatable: true,
      usual: true,
      parse: several(text),
    },
    ca: {
      value: 'FILE',
      help: 'PEM file of the certificate authorities that sign for https URLs',
      defaultText: 'those that Node trusts',
      conflicts: ['insecure'],
      parse: text,
    },
    cert: { value: 'FILE', help: 'PEM file with the certificate of the client; needs --key', parse: text },
    key: { value: 'FILE', help: 'PEM file with the key of --cert, without a passphrase', parse: text },
    insecure: { help: 'accept every certificate of the service' },
    tlsServerName: {
      value: 'NAME',
      help: 'name to ask for (SNI), which the certificate must be for',
      defaultText: 'the host of the URL',
      parse: text,
    },
  },
}
