// Writes what zero-drop found for GitHub: the summary of the step, annotations, and the outputs of the action.
//
//     STATUS      exit code of zero-drop prove
//     REPORTS     folder with report.json, if there is a verdict, and stderr.txt
//     MANIFESTS   the annotations are shown in the file of these manifests that has the workload
//     WORKLOAD    KIND/NAME; empty: the first workload of the manifests
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { place } from './place.mjs'

const { STATUS = '', REPORTS = '', MANIFESTS = '', WORKLOAD = '' } = process.env
/** GitHub shows at most ten annotations of each level for a step. */
const MOST_CAUSES = 9
const NO_DROPS = new Set(['not-processed', 'starved', 'unfinished', 'harness-fault', 'unclassified'])
const LEVELS = { proven: 'notice', drops: 'error', inconclusive: 'warning' }

/** Without a report there is no verdict: the command line, the cluster or zero-drop itself failed. */
function tellError(sentence) {
  annotate('error', 'zero-drop: no verdict', sentence)
  summarize([`## zero-drop: no verdict`, escaped(sentence), `Exit code ${STATUS}.`])
  output({ verdict: 'error', drops: '', requests: '', sentence })
}

function tellVerdict({ verdict, runs, tool }) {
  const { status, sentence, doubts, statistics } = verdict
  const found = runs.length === 1 ? runs : runs.filter(({ role }) => role === 'service')
  const causes = groupCauses(found.flatMap(({ unanswered }) => unanswered))
  annotate(LEVELS[status], `zero-drop: ${status}`, sentence)
  if (status === 'drops') {
    for (const { times, text } of causes.slice(0, MOST_CAUSES)) annotate('error', `zero-drop: ${times} dropped`, text)
  }
  summarize([
    `## zero-drop: ${status}`,
    escaped(sentence),
    table(
      ['requests', 'dropped', 'in hazard windows', 'pod terminations', 'dropped by the naive twin'],
      [
        [
          statistics.requests,
          statistics.drops,
          statistics.requestsInHazardWindows,
          statistics.terminations,
          statistics.twinDrops ?? 'no twin',
        ],
      ],
    ),
    ...(causes.length === 0
      ? []
      : [
          '### Causes',
          table(
            ['requests', 'cause and advice'],
            causes.map(({ times, text }) => [times, text]),
          ),
        ]),
    ...(doubts.length === 0
      ? []
      : ['### Why this is no proof', doubts.map((doubt) => `- ${escaped(doubt)}`).join('\n')]),
    ...found.flatMap(({ pods, rolloutStartedAt }) =>
      rolloutStartedAt === null || pods.length === 0 ? [] : ['### Pods', podTable(pods, rolloutStartedAt)],
    ),
    `zero-drop ${tool.version}; the artifact has the whole report.`,
  ])
  output({ verdict: status, drops: statistics.drops, requests: statistics.requests, sentence })
}

/** Counts the drops by outcome and advice, the most frequent first, each with the cause of its first request. */
function groupCauses(requests) {
  const groups = new Map()
  for (const { outcome, cause, advice } of requests) {
    if (cause === null || NO_DROPS.has(outcome)) continue
    const key = `${outcome} ${advice}`
    const group = groups.get(key) ?? { times: 0, text: `${cause}${advice === null ? '' : `; ${advice}`}` }
    group.times += 1
    groups.set(key, group)
  }
  return [...groups.values()].toSorted((left, right) => right.times - left.times)
}

function podTable(pods, origin) {
  const after = (at) => (at === null ? '–' : `${((at - origin) / 1_000).toFixed(1)} s`)
  return table(
    ['pod', 'version', 'ready', 'SIGTERM', 'gone', 'answered'],
    pods.map(({ pod, version, readyAt, terminatingAt, goneAt, answered }) => [
      pod,
      version ?? '–',
      after(readyAt),
      after(terminatingAt),
      after(goneAt),
      answered,
    ]),
  )
}

const table = (headers, rows) => [row(headers), row(headers.map(() => '---')), ...rows.map(row)].join('\n')
const row = (cells) => `| ${cells.map((cell) => escaped(String(cell))).join(' | ')} |`

/** Text of pods and of clients is no Markdown and no HTML. */
function escaped(text) {
  return text.replaceAll(/[\\`*_[\]<>|#&]/gu, (character) => `&#${character.codePointAt(0)};`).replaceAll(/\s+/gu, ' ')
}

function annotate(level, title, message) {
  const where = Object.entries({ ...place(MANIFESTS, WORKLOAD), title })
    .map(([key, value]) => `${key}=${asProperty(String(value))}`)
    .join(',')
  process.stdout.write(`::${level} ${where}::${asData(message)}\n`)
}

const asData = (text) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const asProperty = (text) => asData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

function summarize(parts) {
  appendFileSync(process.env.GITHUB_STEP_SUMMARY, `${parts.join('\n\n')}\n`)
}

function output(values) {
  const lines = Object.entries(values).map(([key, value]) => `${key}=${String(value).replaceAll(/\s+/gu, ' ')}\n`)
  appendFileSync(process.env.GITHUB_OUTPUT, lines.join(''))
}

function lastLine(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.findLast((line) => line.startsWith('zero-drop: ')) ?? lines.at(-1) ?? 'zero-drop printed no error'
}

const file = join(REPORTS, 'report.json')
const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
if (report === undefined) tellError(lastLine(readFileSync(join(REPORTS, 'stderr.txt'), 'utf8')))
else tellVerdict(report)
