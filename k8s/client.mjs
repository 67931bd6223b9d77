#!/usr/bin/env node
// A client that never retries: sends requests at a steady rate, half of them on new connections and half on reused ones, and
// counts what became of each. It shares no code with zero-drop, so that what one of them overlooks the other may see.
//
//     node k8s/client.mjs --url http://NODE:30080 [--url …] [--rate 200] [--seconds 300]
//
// SIGTERM or SIGINT, or the end of its seconds, ends it: no new requests, the last answers awaited, one line of counts.
// Exit status: 0 every request was answered, 1 some were not, 2 a wrong command line, 3 none was sent.
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'

const LONGEST_SECONDS = 900
const HIGHEST_RATE = 1_000
/** A request without a complete answer by then counts as dropped; the slowest one takes 1.5 s. */
const ANSWER_WITHIN_MS = 15_000
/** One request in this many asks for an answer that takes 1.5 s, so that some are always in flight. */
const SLOW_EVERY = 25

const settings = read() ?? process.exit(2)
/** For each URL its connections that are idle: an Agent that holds just that one, and until when it may be used again. */
const idle = new Map(settings.urls.map((url) => [url, []]))
const outcomes = new Map()
const versions = new Map()
let sent = 0
let open = 0
/** How long an answer took at most, and how late this process was to send, ms: what was slow is told from what was lost. */
let slowest = 0
let latest = 0
let stopping = false

const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1)
const listed = (map) => [...map].map(([key, number]) => `${key}=${number}`).join(' ')

/** The command line; undefined where it cannot be used, which has been said by then. */
function read() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: 'string', multiple: true },
        rate: { type: 'string', default: '200' },
        seconds: { type: 'string', default: '300' },
      },
    })
    const whole = (name, highest) => {
      const value = Number(values[name])
      if (Number.isInteger(value) && value >= 1 && value <= highest) return value
      throw new Error(`--${name} must be a whole number from 1 to ${highest}, not ${JSON.stringify(values[name])}`)
    }
    const urls = (values.url ?? []).map((text) => {
      if (URL.canParse(text) && new URL(text).protocol === 'http:') return new URL(text)
      throw new Error(`--url must be an http:// URL, not ${JSON.stringify(text)}`)
    })
    if (urls.length === 0) throw new Error('--url is missing: say where the service answers, as in http://NODE:30080')
    return { urls, rate: whole('rate', HIGHEST_RATE), seconds: whole('seconds', LONGEST_SECONDS) }
  } catch (error) {
    console.error(`client: ${error.message}`)
    return undefined
  }
}

/**
 * A connection that has been used before, or a new one that will be.
 *
 * A server closes an idle connection after the time that its `Keep-Alive: timeout` promised, and what is sent into that is lost by
 * the client's fault. Half of the promise is kept to, from the last request on, by the clock at the moment of sending: answers, FINs
 * and timers are seen late when this process has been held up.
 */
function connectionTo(url) {
  const candidates = idle.get(url)
  for (let found = candidates.pop(); found !== undefined; found = candidates.pop()) {
    if (performance.now() < found.until) return found.agent
    found.agent.destroy()
  }
  return new Agent({ keepAlive: true, maxSockets: 1 })
}

/** One request, and never a second one for it. */
function send(number) {
  const url = settings.urls[number % settings.urls.length]
  const onNew = Math.floor(number / settings.urls.length) % 2 === 0
  const id = `client-${process.pid}-${number}`
  const slow = number % SLOW_EVERY === 0
  sent += 1
  open += 1
  const agent = onNew ? false : connectionTo(url)
  const begin = performance.now()
  let over = false
  let begun = false
  const end = (outcome) => {
    if (over) return
    over = true
    open -= 1
    count(outcomes, outcome)
    if (outcome !== 'answered') {
      console.error(
        `${new Date().toISOString()} ${url.host} ${onNew ? 'new' : 'reused'} connection, request ${number}: ${outcome}`,
      )
    }
    if (stopping && open === 0) finish()
  }
  const attempt = request(
    new URL(slow ? '/work?ms=1500' : '/', url),
    { agent, headers: { 'X-Request-Id': id } },
    (response) => {
      let body = ''
      begun = true
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk))
      response.once('error', () => end('cut-off'))
      response.once('end', () => {
        const version = response.headers['x-service-version']
        if (response.statusCode !== 200) return end(`status-${response.statusCode}`)
        if (!response.complete || response.headers['x-request-id'] !== id || !isAnswer(body, version, slow)) {
          return end('wrong-answer')
        }
        const [, promised] = /timeout=(\d+)/u.exec(response.headers['keep-alive'] ?? '') ?? []
        if (agent && promised !== undefined) idle.get(url).push({ agent, until: begin + Number(promised) * 500 })
        slowest = Math.max(slowest, performance.now() - begin)
        count(versions, version)
        end('answered')
      })
    },
  )
  attempt.setTimeout(ANSWER_WITHIN_MS)
  attempt.once('timeout', () => {
    end('timed-out')
    attempt.destroy()
  })
  attempt.once('error', (error) => end(begun ? 'cut-off' : (error.code ?? error.message)))
  attempt.once('close', () => end(begun ? 'cut-off' : 'closed'))
  attempt.end()
}

function isAnswer(body, version, slow) {
  try {
    const answer = JSON.parse(body)
    return slow ? answer.ms === 1_500 : answer.version === version
  } catch {
    return false
  }
}

function finish() {
  const answered = outcomes.get('answered') ?? 0
  outcomes.delete('answered')
  const counts = `sent ${sent} answered ${answered} dropped ${sent - answered} ${listed(outcomes)} versions ${listed(versions)}`
  console.log(`${counts} slowest ${Math.round(slowest)} ms, late by at most ${Math.round(latest)} ms`)
  process.exit(sent === 0 ? 3 : sent === answered ? 0 : 1)
}

const started = performance.now()
const clock = setInterval(() => {
  const elapsed = performance.now() - started
  if (elapsed >= settings.seconds * 1_000) return stop()
  // As many as are due by now, so that a late tick loses none.
  while (sent < (elapsed / 1_000) * settings.rate) {
    latest = Math.max(latest, elapsed - (sent * 1_000) / settings.rate)
    send(sent)
  }
}, 5)

function stop() {
  if (stopping) return
  stopping = true
  clearInterval(clock)
  if (open === 0) finish()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
