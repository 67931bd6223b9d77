// Rolls out each mistake and its correction under the same load.
import { parseArgs } from 'node:util'
import { UsageError } from '../../loadtest/dist/base/errors.js'
import { cleaningUp } from '../base/cleanup.ts'
import { pick } from '../base/flags.ts'
import { readPage, writePage } from '../base/pages.ts'
import type { Row, Target } from './case.ts'
import { CLUSTER_CASES } from './cluster-cases.ts'
import { runOnCluster } from './cluster.ts'
import { markdown } from './document.ts'
import { LOCAL_CASES } from './local-cases.ts'
import { runLocally } from './local.ts'
import { markdown as proof, table, tableIn } from './proof.ts'

const PAGE = 'doctor-proof.md'
/** The image of k8s/base. */
const IMAGE = 'registry.cn-shanghai.aliyuncs.com/jbk/cloud-communal:v1.0.0'

const names = (cases: readonly { readonly rule: string }[]): string => cases.map(({ rule }) => rule).join(', ')

export const usage = `pnpm evidence doctor [flags]
  --target TARGET  local: processes on this machine; kubernetes: the current cluster, with two nodes or more. Default: local
  --image IMAGE    the image of the sample service on the cluster; default: ${IMAGE}
  --only a,b       rules of local: ${names(LOCAL_CASES)};
                   rules of kubernetes: ${names(CLUSTER_CASES)}; default: all
  --again          run the rules again that have a report in .zero-drop/doctor
  --page           run nothing, and write docs/doctor.md from the rules`

/** Exit statuses: 0 means that every mistake lost requests and no correction did. */
export async function run(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: 'local' },
      image: { type: 'string', default: IMAGE },
      only: { type: 'string' },
      again: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  })
  const { target, image, only, again } = values
  if (target !== 'local' && target !== 'kubernetes')
    throw new UsageError(`--target: invalid value '${target}'; accepted: local, kubernetes`)
  const local = pick('--only', target === 'local' ? only : undefined, LOCAL_CASES, ({ rule }) => rule)
  const cluster = pick('--only', target === 'kubernetes' ? only : undefined, CLUSTER_CASES, ({ rule }) => rule)
  await writePage('doctor.md', markdown())
  if (values.page) return 0
  return cleaningUp('doctor', async () => {
    const rows = target === 'local' ? await runLocally(local, again) : await runOnCluster(cluster, image, again)
    console.log(table(rows))
    if (only === undefined) await update(target, rows)
    return rows.every(({ wrong, right }) => wrong.lost > 0 && right.lost === 0) ? 0 : 1
  })
}

/** Writes the page with a new table of one target. The other table stays. */
async function update(target: Target, rows: readonly Row[]): Promise<void> {
  const page = await readPage(PAGE)
  const tables = { local: tableIn(page, 'local'), kubernetes: tableIn(page, 'kubernetes'), [target]: table(rows) }
  await writePage(PAGE, proof(tables))
}
