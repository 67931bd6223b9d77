import { parseArgs } from 'node:util'
import { writePage } from '../base/pages.ts'
import { markdown } from './document.ts'

export const usage = `pnpm evidence doctor [flags]
  --page    write docs/doctor.md from the rules`

/** Writes the page with the rules of `zero-drop doctor`. */
export async function run(args: readonly string[]): Promise<number> {
  parseArgs({ args: [...args], options: { page: { type: 'boolean', default: false } }, strict: true })
  await writePage('doctor.md', markdown())
  return 0
}
