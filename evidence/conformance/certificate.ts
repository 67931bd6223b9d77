import { rmSync } from 'node:fs'
import { certificate } from '../../packages/graceful/test/harness/certificate.ts'

let made: { readonly TLS: string; readonly TLS_KEY: string } | undefined

/** Returns the environment of a contender that speaks TLS. All trials share one certificate, which is removed when this process exits. */
export function secured(): { readonly TLS: string; readonly TLS_KEY: string } {
  if (made === undefined) {
    const { folder, ...env } = certificate()
    process.once('exit', () => rmSync(folder, { recursive: true }))
    made = env
  }
  return made
}
