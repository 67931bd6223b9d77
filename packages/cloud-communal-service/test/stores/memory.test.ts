import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/notices/memory.js'
import { keepsTheContract } from './contract.js'

describe('the store in memory', () => {
  keepsTheContract(() => memoryStore())

  it('deletes the oldest notices when it is full, and always keeps the newest', async () => {
    const store = memoryStore({ characters: 1_000 })
    const first = await store.add({ title: 'a', body: 'x'.repeat(400) }, 'r')
    const second = await store.add({ title: 'b', body: 'x' }, 'r')
    const third = await store.add({ title: 'c', body: 'x'.repeat(300) }, 'r')
    expect(await store.get(first.id)).toBeUndefined()
    expect(await store.latest(10)).toEqual([third, second])
    const huge = await store.add({ title: 'd', body: 'x'.repeat(5_000) }, 'r')
    expect(await store.latest(10)).toEqual([huge])
  })
})
