// Reads the reports of zero-drop for .ci/rollouts.
//
//     node .ci/rollouts.mjs judge FORM FOLDER   prints the result in FOLDER/FORM.json; status 1 if it is not as expected
//     node .ci/rollouts.mjs busy FORM FOLDER    status 0 if nothing was dropped and this machine was too busy to prove it
//     node .ci/rollouts.mjs sum FOLDER          prints the sum of all results, and what it proves
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The doubt of a run without a twin. The one run of the twin has the same load and the same seed, and answers it. */
const NO_TWIN = /^there is no naive twin /u
/** Doubts about the measuring machine. They say nothing about the service. */
const BUSY = /this machine (?:was too busy|stalled|had no CPU to spare)/u
const TWIN = 'naive-twin'
const CONFIDENCE = 0.95
/** One or two drops could be chance. */
const ENOUGH_TWIN_DROPS = 10

const [command, ...rest] = process.argv.slice(2)
const count = (number) => number.toLocaleString('en-US')
const load = (folder, form) => {
  const file = join(folder, `${form}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function judge(form, folder) {
  const report = load(folder, form)
  if (report === undefined) return say('the run ended without a report', false)
  const { status, sentence, doubts, statistics } = report.verdict
  if (form === TWIN) {
    const drops = statistics.twinDrops ?? 0
    return say(
      `the naive twin dropped ${count(drops)} of ${count(statistics.twinRequests ?? 0)}`,
      drops >= ENOUGH_TWIN_DROPS,
    )
  }
  const onlyTheTwin = status === 'inconclusive' && doubts.length > 0 && doubts.every((doubt) => NO_TWIN.test(doubt))
  const sound = statistics.drops === 0 && (status === 'proven' || onlyTheTwin)
  if (!sound) return say(sentence, false)
  const { requests, requestsInHazardWindows, terminations } = statistics
  const windows = terminations === 0 ? '' : `, ${count(requestsInHazardWindows)} of them inside hazard windows`
  return say(
    `0 of ${count(requests)} requests dropped${windows}, ${terminations} pod${terminations === 1 ? '' : 's'} got SIGTERM`,
    true,
  )
}

function busy(form, folder) {
  const { status, doubts, statistics } = load(folder, form)?.verdict ?? {}
  return status === 'inconclusive' && statistics.drops === 0 && doubts.some((doubt) => BUSY.test(doubt)) ? 0 : 1
}

function sum(folder) {
  const forms = readdirSync(folder).flatMap((file) => /^(?<form>.+)\.json$/u.exec(file)?.groups?.form ?? [])
  const total = { requests: 0, drops: 0, inWindows: 0, terminations: 0, forms: 0 }
  for (const form of forms.filter((each) => each !== TWIN)) {
    const { statistics } = load(folder, form).verdict
    total.forms += 1
    total.requests += statistics.requests
    total.drops += statistics.drops
    total.inWindows += statistics.requestsInHazardWindows
    total.terminations += statistics.terminations
  }
  const twin = load(folder, TWIN)?.verdict.statistics
  const power =
    twin === undefined
      ? 'no naive twin ran to show that this load sees drops'
      : `the naive twin dropped ${count(twin.twinDrops)} of ${count(twin.twinRequests)} under the same load`
  const proves =
    total.drops > 0 || total.terminations === 0
      ? ''
      : `; at ${CONFIDENCE * 100} % confidence fewer than 1 in ${oneIn(total.inWindows)} requests inside hazard windows are dropped, and fewer than 1 in ${oneIn(total.terminations)} terminations drops any`
  return say(
    `In all: ${total.forms} forms, ${count(total.requests)} requests, ${count(total.drops)} dropped; ${count(total.inWindows)} inside the hazard windows of ${count(total.terminations)} pod terminations${proves}; ${power}.`,
    total.drops === 0,
  )
}

/** Returns the bound for zero events in `trials`: 1 in N at 95 % confidence (Clopper–Pearson; near 3/trials). */
const oneIn = (trials) => count(Math.floor(1 / (1 - (1 - CONFIDENCE) ** (1 / trials))))

function say(text, sound) {
  process.stdout.write(`${text}\n`)
  return sound ? 0 : 1
}

const COMMANDS = { judge, busy, sum }
process.exitCode = Object.hasOwn(COMMANDS, command) ? COMMANDS[command](...rest) : 2
