import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Notice, NoticeStore } from '../../src/notices/store.js'

const titlesOf = async (list: Promise<Notice[]>): Promise<string[]> => (await list).map(({ title }) => title)

/**
 * Tests the behaviour that every store must have.
 *
 * @param create returns a new, empty store that is not open
 */
export const keepsTheContract = (create: () => NoticeStore | Promise<NoticeStore>): void => {
  const opened = async (): Promise<NoticeStore> => {
    const store = await create()
    await store.open()
    onTestFinished(() => store.close())
    return store
  }

  describe('like every store', () => {
    it('returns a notice by id and in the list', async () => {
      const store = await opened()
      const added = await store.add({ title: 'Lift', body: 'Out of order.\nUntil Friday.' }, 'r1')
      expect(added).toEqual({
        id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
        title: 'Lift',
        body: 'Out of order.\nUntil Friday.',
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      })
      expect(await store.get(added.id)).toEqual(added)
      expect(await store.latest(10)).toEqual([added])
      expect(Math.abs(Date.parse(added.createdAt) - Date.now())).toBeLessThan(60_000)
    })

    it('stores every character unchanged', async () => {
      const store = await opened()
      const body = `'"\\%_$1 -- ; DROP TABLE notices\u0001\u007F\u0085\u2028 电梯故障 👩‍🔧 ${'x'.repeat(100_000)}`
      const added = await store.add({ title: '通知', body }, 'r1')
      expect(await store.get(added.id)).toEqual({ ...added, title: '通知', body })
    })

    it('is empty at first, and finds nothing under an unknown id', async () => {
      const store = await opened()
      expect(await store.latest(10)).toEqual([])
      await store.add({ title: 't', body: 'b' }, 'r1')
      for (const id of ['nope', '', randomUUID(), "' OR 1=1 --"]) expect(await store.get(id)).toBeUndefined()
      expect(await store.ofRequest('nope')).toEqual([])
    })

    it('lists the newest notices first, up to the limit', async () => {
      const store = await opened()
      for (const title of ['one', 'two', 'three']) await store.add({ title, body: 'b' }, 'r')
      const titles = async (limit: number): Promise<string[]> => (await store.latest(limit)).map(({ title }) => title)
      expect(await titles(10)).toEqual(['three', 'two', 'one'])
      expect(await titles(2)).toEqual(['three', 'two'])
    })

    it('finds the notices of each request, and both of a request that was executed twice', async () => {
      const store = await opened()
      const first = await store.add({ title: 't', body: 'b' }, 'once')
      const second = await store.add({ title: 't', body: 'b' }, 'twice')
      const third = await store.add({ title: 't', body: 'b' }, 'twice')
      expect(await store.ofRequest('once')).toEqual([first])
      expect(await store.ofRequest('twice')).toEqual([second, third])
    })

    it('returns lists of at most about 1 MiB, and at least one notice', async () => {
      const store = await opened()
      for (const [title, bytes] of [
        ['one', 1_000_000],
        ['two', 300_000],
        ['three', 300_000],
        ['four', 600_000],
      ] as const)
        await store.add({ title, body: 'x'.repeat(bytes) }, 'r')
      expect(await titlesOf(store.latest(100))).toEqual(['four', 'three'])
      expect(await titlesOf(store.latest(1))).toEqual(['four'])
      expect(await titlesOf(store.ofRequest('r'))).toEqual(['one'])
      // Two bytes each in UTF-8.
      await store.add({ title: 'five', body: 'ü'.repeat(540_000) }, 'r')
      expect(await titlesOf(store.latest(100))).toEqual(['five'])
    })

    it('stores many notices at once and loses none', async () => {
      const store = await opened()
      const ids = Array.from({ length: 100 }, (_, index) => `r${index}`)
      const added = await Promise.all(ids.map((id) => store.add({ title: id, body: 'b' }, id)))
      expect(new Set(added.map(({ id }) => id)).size).toBe(100)
      const titles = (await store.latest(1_000)).map(({ title }) => title)
      expect(titles.toSorted()).toEqual(ids.toSorted())
    })

    it('passes its check while it is open, and may be opened twice', async () => {
      const store = await opened()
      await store.open()
      await store.check()
      expect(store.place).toMatch(/\w/)
    })

    it('finishes the calls in progress when it is closed', async () => {
      const store = await create()
      await store.open()
      const adding = store.add({ title: 't', body: 'b' }, 'r1')
      await Promise.all([adding, store.close()])
      expect(await adding).toMatchObject({ title: 't' })
    })
  })
}

/**
 * Tests the behaviour of a store with a limit.
 *
 * @param create returns a new, empty store for this number of characters, which is not open
 */
export const deletesTheOldest = (create: (characters: number) => NoticeStore): void => {
  it('deletes the oldest notices when it is full, and always keeps the newest', async () => {
    const store = create(1_000)
    await store.open()
    onTestFinished(() => store.close())
    const first = await store.add({ title: 'a', body: 'x'.repeat(400) }, 'r')
    const second = await store.add({ title: 'b', body: 'x' }, 'r')
    const third = await store.add({ title: 'c', body: 'x'.repeat(300) }, 'r')
    expect(await store.get(first.id)).toBeUndefined()
    expect(await store.latest(10)).toEqual([third, second])
    const huge = await store.add({ title: 'd', body: 'x'.repeat(5_000) }, 'r')
    expect(await store.latest(10)).toEqual([huge])
  })
}
