import { describe, expect, test } from 'vitest'
import { ServerFrames } from '../../../src/connections/protocols/server-frames.js'

const head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n\r\n'
const read = (...chunks: string[]) => {
  const frames = new ServerFrames()
  for (const chunk of chunks) frames.read(Buffer.from(chunk, 'latin1'))
  return frames
}

describe('the bytes that a server writes after an upgrade', () => {
  test.each([
    ['the head', '', true],
    ['a text frame', '\x81\x02ab', true],
    ['the first byte of a frame', '\x81', false],
    ['an incomplete payload', '\x81\x02a', false],
    ['an empty ping', '\x89\x00', true],
    ['a payload of 16-bit length', `\x82\x7e\x01\x00${'x'.repeat(256)}`, true],
    ['an incomplete 16-bit length', '\x82\x7e\x01', false],
    ['a payload of 64-bit length', `\x82\x7f\0\0\0\0\0\x01\0\0${'x'.repeat(65_536)}`, true],
    ['an open fragmented message', '\x01\x01a', false],
    ['a ping inside a fragmented message', '\x01\x01a\x89\x00', false],
    ['a complete fragmented message', '\x01\x01a\x00\x01b\x80\x01c', true],
    ['a compressed frame', '\xc1\x01a', true],
  ])('%s: a frame can follow', (_, bytes, atBoundary) => {
    const whole = read(head + bytes)
    expect(whole.atBoundary).toBe(atBoundary)
    expect(whole.bytes).toBe(head.length + bytes.length)
    expect(read(...(head + bytes).split('')).atBoundary).toBe(atBoundary)
  })

  test.each([
    ['another status', 'HTTP/1.1 400 Bad Request\r\nUpgrade: websocket\r\n\r\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n'],
    ['a head without end', 'x'.repeat(20_000)],
    ['a masked frame', `${head}\x81\x81abcdx`],
    ['a reserved opcode', `${head}\x83\x00`],
  ])('%s is foreign', (_, bytes) => {
    expect(read(bytes)).toMatchObject({ state: 'foreign', atBoundary: false })
  })

  test('a close frame is the last one', () => {
    expect(read(head).closing).toBe(false)
    expect(read(head, '\x88\x02\x03\xe8').closing).toBe(true)
  })
})
