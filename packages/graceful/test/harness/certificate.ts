import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Creates a self-signed certificate, and returns the environment variables for the fixtures and the folder to remove. */
export function certificate(): { TLS: string; TLS_KEY: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'graceful-'))
  const env = { TLS: join(folder, 'cert.pem'), TLS_KEY: join(folder, 'key.pem') }
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes']
  const files = ['-keyout', env.TLS_KEY, '-out', env.TLS]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...files, ...subject], { stdio: 'ignore' })
  return { ...env, folder }
}
