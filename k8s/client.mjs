#!/usr/bin/env node
// A client that never retries. It sends requests at a steady rate, half of them on new connections and half on reused
// ones, and counts the outcome of each. It shares no code with zero-drop, so that both tools do not share a bug.
//
//     node k8s/client.mjs --url http://NODE:30080 [--url …] [--rate 200] [--seconds 300]
//
// On SIGTERM or SIGINT, or after --seconds, it sends no new requests, waits for the last responses, and prints one line
// of counts. Exit code: 0 every request was answered; 1 a request was not answered; 2 the command line is wrong; 3 no
// request was sent.
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'

const LONGEST_SECONDS = 900
const HIGHEST_RATE = 1_000
/** A request without a complete response after this time counts as dropped. The slowest response takes 1.5 s. */
const ANSWER_WITHIN_MS = 15_000
/** One request in this many asks for a response that takes 1.5 s, so that some requests are always in flight. */
const SLOW_EVERY = 25

const settings = read() ?? process.exit(2)
/** The idle connections of each URL: an Agent with one connection, and the time until which it may be reused. */
const idle = new Map(settings.urls.map((url) => [url, []]))
const outcomes = new Map()
const versions = new Map()
let sent = 0
let open = 0
/** The slowest response and the latest send, in ms. They distinguish a slow service from a slow client. */
let slowest = 0
let latest = 0
let stopping = false

const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1)
const listed = (map) => [...map].map(([key, number]) => `${key}=${number}`).join(' ')

/** Reads the command line. Prints an error and returns undefined if it is wrong. */
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
    if (urls.length === 0) throw new Error('--url is missing; give the address of the service, as in http://NODE:30080')
    return { urls, rate: whole('rate', HIGHEST_RATE), seconds: whole('seconds', LONGEST_SECONDS) }
  } catch (error) {
    console.error(`client: ${error.message}`)
    return undefined
  }
}

/**
 * Returns an idle connection, or a new one that can be reused later.
 *
 * A server closes an idle connection after the time in its `Keep-Alive: timeout`. A request that is sent at that moment
 * is lost by the client's fault. So the client reuses a connection only for half of that time, counted from its last
 * request. The check uses the clock at the moment of sending, because a busy process sees responses, FINs and timers
 * late.
 */
function connectionTo(url) {
  const candidates = idle.get(url)
  for (let found = candidates.pop(); found !== undefined; found = candidates.pop()) {
    if (performance.now() < found.until) return found.agent
    found.agent.destroy()
  }
  return new Agent({ keepAlive: true, maxSockets: 1 })
}

/** Sends one request, and never retries it. */
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
  // Sends every request that is due by now, so that a late tick skips none.
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
