import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as opml from './index.ts'

const file = (path: string) => new Uint8Array(readFileSync(new URL(`../../../models/${path}`, import.meta.url)))

describe('opml', () => {
  test('default: a program runs, and its history is a claim of the game, by names of the façade alone', async () => {
    const image = opml.loadElf(file('mnist-int8.elf'))
    const provider = new opml.MachineTraceProvider({
      run: opml.taskRun(image, file('digits/7.bin')),
      coarseHeight: 12,
      fineHeight: 12,
      createMachine: (start) => new opml.Translator(start),
    })
    await provider.prepare()
    const { output } = provider.trace.final()
    // The digit, then its probabilities.
    expect(output?.[0]).toBe(7)
    expect(await provider.outcome()).toBe(opml.bytesToHex(opml.slotRoot(output as Uint8Array, image.output.height)))
    expect(opml.hexToBytes(await provider.root()).length).toBe(32)
  })
})
