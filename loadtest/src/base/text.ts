/** `1,234` */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 request`, `2 requests` */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`

/** `1 in 1,367`; a share above a tenth in percent, `12 %`. */
export const oneIn = (share: number): string => (share > 0.1 ? percent(share) : `1 in ${count(Math.floor(1 / share))}`)

/** `12 %` of the share 0.12 */
export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** A duration in ms, as precise as a reader needs it: `2.5 ms`, `180 ms`, `12.3 s`. Null is unknown: `–`. */
export function duration(ms: number | null): string {
  if (ms === null) return '–'
  if (Math.abs(ms) >= 1_000) return `${(ms / 1_000).toFixed(1)} s`
  return `${Math.abs(ms) < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
}

/**
 * Makes control characters visible, as `\\x1b`, but for line breaks. Text from a service or its log could otherwise change what a
 * terminal shows.
 */
export const visible = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- they are what it looks for
  text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu, (character) =>
    character === '\t' ? ' ' : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

/** Shortens a name to its end, where the names of pods and images differ: `…9d8-x2x7k`. */
export const shortened = (name: string, most: number): string =>
  name.length <= most ? name : `…${name.slice(name.length - most + 1)}`

/**
 * Breaks text into lines of at most `width` characters. A longer word keeps its own line. Without a width nothing is broken.
 *
 * @param indent begins the first line
 * @param hanging begins every other line
 */
export function wrapped(text: string, width: number | undefined, indent = '', hanging = `${indent}  `): string[] {
  if (width === undefined) return [indent + text]
  const lines: string[] = []
  let line = indent
  let empty = true
  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = hanging + word
    } else {
      line += empty ? word : ` ${word}`
    }
    empty = false
  }
  return [...lines, line]
}

/** The time of day of an epoch time in ms, UTC: `12:30:05.250`. */
export const clock = (epoch: number): string => new Date(epoch).toISOString().slice(11, 23)

/** Seconds from one epoch time in ms to another: `+12.3`, `−0.4`. Null is unknown: `–`. */
export function secondsSince(origin: number, at: number | null): string {
  if (at === null) return '–'
  const seconds = (at - origin) / 1_000
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(1)}`
}
