import { describe } from 'vitest'
import { memoryStore } from '../../src/notices/memory.js'
import { deletesTheOldest, keepsTheContract } from './contract.js'

describe('the store in memory', () => {
  keepsTheContract(() => memoryStore())
  deletesTheOldest((characters) => memoryStore({ characters }))
})
