import { describe, expect, test } from 'vitest'
import { nextInputChunk } from './inputChunk.ts'
import type { InputForm } from './inputForm.ts'

const SLOT: InputForm = { kind: 'slot', height: 23 }

/** All chunks from `offset` on, as [offset, end]. */
function plan(offset: number, totalBytes: number, form = SLOT): [number, number][] {
  const chunks: [number, number][] = []
  for (let at = offset; ; ) {
    const { end, isLast } = nextInputChunk({ form, offset: at, totalBytes })
    chunks.push([at, end])
    if (isLast) return chunks
    at = end
  }
}

describe('nextInputChunk', () => {
  test('default: 64 KiB each, the rest at the end', () => {
    expect(plan(0, 204_804)).toEqual([
      [0, 65_536],
      [65_536, 131_072],
      [131_072, 196_608],
      [196_608, 204_804],
    ])
  })

  test('edge: one chunk, and one byte more', () => {
    expect(plan(0, 65_536)).toEqual([[0, 65_536]])
    expect(plan(0, 65_537)).toEqual([
      [0, 65_536],
      [65_536, 65_537],
    ])
  })

  test('edge: an upload that others cut finer goes on with the subtrees that are aligned', () => {
    expect(plan(128 * 3, 140_000)).toEqual([
      [384, 512],
      [512, 1_024],
      [1_024, 2_048],
      [2_048, 4_096],
      [4_096, 8_192],
      [8_192, 16_384],
      [16_384, 32_768],
      [32_768, 65_536],
      [65_536, 131_072],
      [131_072, 140_000],
    ])
  })

  test('default: tensor after tensor, each from its own start; an empty one has no chunk', () => {
    const form: InputForm = { kind: 'tensors', lengths: [0, 130, 0, 65_600, 0, 1] }
    expect(plan(0, 65_731, form)).toEqual([
      [0, 130],
      [130, 65_666],
      [65_666, 65_730],
      [65_730, 65_731],
    ])
  })
})
