import { expect, test } from 'vitest'
import { freePorts } from '../../../../src/targets/local/pods/ports.ts'

test('a port is not given away again before its pod has had the time to listen on it', async () => {
  const ports: number[] = []
  for (let pod = 0; pod < 300; pod += 1) ports.push(...(await freePorts([8080])).values())
  expect(new Set(ports).size).toBe(ports.length)
})
