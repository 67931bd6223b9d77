import { describe, expect, it } from 'vitest'
import { entries, idOf } from '../headline/entries.ts'

describe('the entries of the headline', () => {
  it('start with the library and the services without one, and end with the contenders that need a sleep', () => {
    expect(entries.map(({ name }) => name)).toEqual([
      'graceful',
      'naive: exits at SIGTERM',
      '`server.close()`',
      'terminus',
      'lightship',
      'http-graceful-shutdown',
      'http-terminator',
      'stoppable',
      'close-with-grace',
      '`server.close()`, after a sleep',
      'http-terminator, after a sleep',
      'stoppable, after a sleep',
      'close-with-grace, after a sleep',
    ])
    expect(entries.map(idOf)).toContain('server-close-after-sleep')
    expect(new Set(entries.map(idOf)).size).toBe(entries.length)
  })
})
