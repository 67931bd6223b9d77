import { zeroDrop } from '../base/zero-drop.ts'

export const usage = `pnpm evidence soak [flags of prove]
  Runs \`zero-drop prove --repeat 20 --report report-soak.json\` with the given flags added. It takes about half an hour.`

/** Exit codes: those of `zero-drop prove`. A signal that ends it counts as 1. */
export async function run(args: readonly string[]): Promise<number> {
  return (await zeroDrop(['prove', '--repeat', '20', '--report', 'report-soak.json', ...args], 'inherit')) ?? 1
}
